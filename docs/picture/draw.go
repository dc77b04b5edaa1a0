package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Sizes in pixels.
const (
	cellWidth  = 8
	cellHeight = 16
	margin     = 20
)

const (
	background = "#16181d"
	plain      = "#d7dae0"
	faint      = "#8b919c"
	good       = "#7ec699"
	bad        = "#f08a8a"
	command    = "#ffffff"
)

func draw(lines []string) string {
	w, h := width*cellWidth+2*margin, len(lines)*cellHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13">`+"\n", w, h)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="%s"/>`+"\n", w, h, background)
	for row, line := range lines {
		if strings.ContainsAny(line, "█▀▄") {
			drawBlocks(&b, row, line)
			continue
		}
		drawText(&b, row, line)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func drawText(b *strings.Builder, row int, line string) {
	if line == "" {
		return
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="%s" xml:space="preserve" textLength="%d">`,
		margin, margin+row*cellHeight+12, colour(line), len([]rune(line))*cellWidth)
	_ = xml.EscapeText(b, []byte(line)) // a Builder does not fail
	b.WriteString("</text>\n")
}

func colour(line string) string {
	text := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(text, "$"):
		return command
	case strings.HasPrefix(text, "#"), strings.HasPrefix(text, "- "):
		return faint
	case strings.HasPrefix(text, "ACCEPTED"), strings.HasPrefix(text, "ok "), strings.HasPrefix(text, "checked"):
		return good
	case strings.HasPrefix(text, "REFUSED"), strings.HasPrefix(text, "because"), strings.HasPrefix(text, "record "):
		return bad
	default:
		return plain
	}
}

// drawBlocks draws the half blocks of a QR code as rectangles, so that it can
// be read whatever the font.
func drawBlocks(b *strings.Builder, row int, line string) {
	const half = cellHeight / 2
	for column, r := range []rune(line) {
		x, y, height := margin+column*cellWidth, margin+row*cellHeight, half
		switch r {
		case '█':
			height = cellHeight
		case '▄':
			y += half
		case '▀':
		default:
			continue
		}
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" shape-rendering="crispEdges"/>`+"\n", x, y, cellWidth, height, plain)
	}
}
