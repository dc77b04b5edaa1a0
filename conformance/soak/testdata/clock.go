// Package main, built with this file over it, asks a clock that somebody else
// moves wherever it would call time.Now. It is part of no program that is
// released: the soak alone builds with it, by go build -overlay.
package main

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// movedBy is by how many nanoseconds the clock is moved: the page of a file that
// whoever moves it has mapped, too.
var movedBy = page(os.Getenv("CHANCERY_SOAK_CLOCK"))

func movedNow() time.Time {
	return time.Now().Add(time.Duration(atomic.LoadInt64(movedBy)))
}

func page(path string) *int64 {
	file, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	mapped, err := syscall.Mmap(int(file.Fd()), 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	return (*int64)(unsafe.Pointer(&mapped[0]))
}
