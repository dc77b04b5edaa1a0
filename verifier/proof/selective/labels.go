package selective

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// LabelMap chooses the labels of blank nodes. It is given the canonical label
// of each by another one, and returns the label to use by that other one.
type LabelMap func(issued map[string]string) map[string]string

// HMAC labels blank nodes by the HMAC-SHA-256 of their canonical labels, so
// that what is not disclosed cannot be told by them (section 3.4.4).
func HMAC(key []byte) LabelMap {
	return func(issued map[string]string) map[string]string {
		labels := make(map[string]string, len(issued))
		mac := hmac.New(sha256.New, key)
		for label, canonical := range issued {
			mac.Reset()
			mac.Write([]byte(canonical))
			labels[label] = "u" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
		}
		return labels
	}
}

// Shuffled labels blank nodes b0, b1 and so on, in the order of their labels
// by [HMAC], so that the labels of no two documents link them (Data Integrity
// BBS Cryptosuites 1.0, createShuffledIdLabelMapFunction).
func Shuffled(key []byte) LabelMap {
	return func(issued map[string]string) map[string]string {
		labels := HMAC(key)(issued)
		order := slices.Sorted(maps.Values(labels))
		for label, digest := range labels {
			place, _ := slices.BinarySearch(order, digest)
			labels[label] = "b" + strconv.Itoa(place)
		}
		return labels
	}
}

const canonicalPrefix = "c14n"

// Compress returns a label map by the numbers of its canonical labels, with what
// read makes of the others (Data Integrity ECDSA Cryptosuites 1.0, section
// 3.5.5; Data Integrity BBS Cryptosuites 1.0, section 3.3.4).
func Compress[V any](labels map[string]string, read func(label string) (V, error)) (map[uint64]V, error) {
	compressed := make(map[uint64]V, len(labels))
	for canonical, label := range labels {
		number, err := strconv.ParseUint(strings.TrimPrefix(canonical, canonicalPrefix), 10, 64)
		if err != nil {
			return nil, err
		}
		if compressed[number], err = read(label); err != nil {
			return nil, err
		}
	}
	return compressed, nil
}

// Decompress is the other way of [Compress].
func Decompress[V any](compressed map[uint64]V, write func(V) string) map[string]string {
	labels := make(map[string]string, len(compressed))
	for number, label := range compressed {
		labels[canonicalPrefix+strconv.FormatUint(number, 10)] = write(label)
	}
	return labels
}
