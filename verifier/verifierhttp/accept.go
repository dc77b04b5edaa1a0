package verifierhttp

import (
	"mime"
	"strconv"
	"strings"
)

// maxAccepted caps the media types that are looked at.
const maxAccepted = 32

// resolutionProfile tells a resolution's result from other JSON-LD.
const resolutionProfile = "https://w3id.org/did-resolution"

// negotiate returns the media type to answer a resolution with, or "" if the
// header accepts none (RFC 9110, section 12.5.1). Of two that are as welcome,
// the one that is named first counts; no header is any.
func negotiate(header string) string {
	if strings.TrimSpace(header) == "" {
		return typeDocument
	}
	best, welcome := "", 0.0
	for _, part := range strings.SplitN(header, ",", maxAccepted) {
		mediaType, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		offered, quality := offer(mediaType, parameters["profile"]), quality(parameters["q"])
		if offered != "" && quality > welcome {
			best, welcome = offered, quality
		}
	}
	return best
}

func offer(mediaType, profile string) string {
	switch mediaType {
	case "application/ld+json":
		if profile == resolutionProfile {
			return typeResult
		}
		return typeDocument
	case typeDocument, "application/did", "application/*", "*/*":
		return typeDocument
	case typePlain, "application/json":
		return typePlain
	}
	return ""
}

// quality reads a weight (RFC 9110, section 12.4.2); none is the highest.
func quality(text string) float64 {
	if text == "" {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
