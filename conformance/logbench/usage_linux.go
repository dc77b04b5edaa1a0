package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processorTime returns what this process has used, in all its threads.
func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // it fails for no process of its own
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// ownMemory returns the bytes of this process in memory that are not of a file:
// of the state file the system has as much in memory as it likes.
func ownMemory() uint64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := bytes.Cut(status, []byte("\nRssAnon:"))
	line, _, _ := bytes.Cut(rest, []byte(" kB"))
	kibibytes, _ := strconv.ParseUint(string(bytes.TrimSpace(line)), 10, 64)
	return kibibytes << 10
}

// loadAverage returns that of the last minute.
func loadAverage() string {
	data, _ := os.ReadFile("/proc/loadavg")
	minute, _, _ := strings.Cut(string(data), " ")
	return minute
}

func syncData(file *os.File) error { return syscall.Fdatasync(int(file.Fd())) }
