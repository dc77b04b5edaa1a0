package main

import (
	"strings"
	"testing"

	"rsc.io/qr"
)

// dark reads a drawing back: whether each module is dark, row by row.
func dark(t *testing.T, drawing string) [][]bool {
	t.Helper()
	var rows [][]bool
	for _, line := range strings.Split(drawing, "\n") {
		line, ok := strings.CutPrefix(line, "  ")
		if !ok {
			t.Fatalf("the line is not indented: %q", line)
		}
		var upper, lower []bool
		for _, r := range line {
			upper = append(upper, r == ' ' || r == '▄')
			lower = append(lower, r == ' ' || r == '▀')
		}
		rows = append(rows, upper, lower)
	}
	return rows
}

// TestQRCode reads the drawing back, quiet zone and finder patterns included
// (ISO/IEC 18004, sections 5.3.2 and 5.3.8).
func TestQRCode(t *testing.T) {
	const text = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fregistry.example%2Foffers%2FAAAAAAAAAAAAAAAAAAAAAA"
	drawing, err := qrCode(text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	rows, size := dark(t, drawing), code.Size+2*quiet
	if len(rows) != size+size%2 {
		t.Fatalf("%d rows, want %d", len(rows), size)
	}
	for y, row := range rows {
		if len(row) != size {
			t.Fatalf("row %d has %d modules, want %d", y, len(row), size)
		}
		for x, is := range row {
			if want := code.Black(x-quiet, y-quiet); is != want {
				t.Fatalf("module %d, %d is dark: %v, want %v", x, y, is, want)
			}
		}
	}
	for _, corner := range [][2]int{{0, 0}, {code.Size - 7, 0}, {0, code.Size - 7}} {
		finder(t, rows, corner[0]+quiet, corner[1]+quiet)
	}
}

// finder fails the test unless a finder pattern is at left and top.
func finder(t *testing.T, rows [][]bool, left, top int) {
	t.Helper()
	for y := range 7 {
		for x := range 7 {
			ring := max(x-3, 3-x, y-3, 3-y) // from the middle
			if want := ring != 2; rows[top+y][left+x] != want {
				t.Fatalf("no finder pattern at %d, %d", left, top)
			}
		}
	}
}

func TestQRCodeOfTooMuch(t *testing.T) {
	if drawing, err := qrCode(strings.Repeat("x", 5000)); err == nil {
		t.Errorf("it was drawn: %d bytes", len(drawing))
	}
}
