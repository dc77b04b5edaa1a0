//go:build !unix

package main

import (
	"errors"
	"time"
)

// processorTime is not to be had here.
func processorTime() (time.Duration, error) {
	return 0, errors.New("what is measured is the time of the processor, which is read on Unix only")
}
