//go:build linux && (amd64 || arm64)

package faultdisk

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Of the kernel's headers linux/seccomp.h, linux/prctl.h and asm/unistd.h.
const (
	setModeFilter  = 1
	flagTSync      = 1 << 0
	flagListener   = 1 << 3
	flagTSyncESRCH = 1 << 4
	retNotify      = 0x7fc00000
	retAllow       = 0x7fff0000
	notifyReceive  = 0xc0502100
	notifySend     = 0xc0182101
	flagContinue   = 1
	noNewPrivs     = 38
)

// seccompCalls has the number of the system call seccomp.
var seccompCalls = map[string]uintptr{"amd64": 317, "arm64": 277}

// notification and response are struct seccomp_notif and seccomp_notif_resp.
type notification struct {
	id          uint64
	pid, flags  uint32
	call        int32
	arch        uint32
	instruction uint64
	arguments   [6]uint64
}

type response struct {
	id    uint64
	value int64
	error int32
	flags uint32
}

// Supervisor is asked about calls of this process.
type Supervisor struct {
	listener uintptr
	memory   *os.File // of this process
	disk     atomic.Pointer[Disk]
}

// Supervise starts asking.
func Supervise() (*Supervisor, error) {
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil, err
	}
	s := &Supervisor{memory: memory}
	if s.listener, err = listen(); err != nil {
		return nil, fmt.Errorf("this kernel does not let a process supervise its own calls (seccomp): %w", err)
	}
	go s.answer()
	return s, nil
}

func listen() (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, noNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return 0, errno
	}
	filter := program()
	listener, _, errno := syscall.RawSyscall(seccompCalls[runtime.GOARCH], setModeFilter, flagTSync|flagListener|flagTSyncESRCH,
		uintptr(unsafe.Pointer(&syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})))
	if errno != 0 {
		return 0, errno
	}
	return listener, nil
}

// program tells which calls are asked about.
func program() []syscall.SockFilter {
	calls := []uint32{syscall.SYS_PWRITE64, syscall.SYS_FTRUNCATE, syscall.SYS_FSYNC, syscall.SYS_FDATASYNC}
	filter := []syscall.SockFilter{{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS}} // the number of the call
	for i, call := range calls {
		filter = append(filter, syscall.SockFilter{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, K: call, Jt: uint8(len(calls) - i)})
	}
	return append(filter,
		syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: retAllow},
		syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: retNotify})
}

func (s *Supervisor) answer() {
	for {
		var n notification
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, s.listener, notifyReceive, uintptr(unsafe.Pointer(&n))); errno == syscall.EINTR || errno == syscall.ENOENT {
			continue
		} else if errno != 0 {
			panic(fmt.Errorf("disk for tests: receive: %w", errno))
		}
		r := s.response(&n)
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, s.listener, notifySend, uintptr(unsafe.Pointer(&r))); errno != 0 {
			panic(fmt.Errorf("disk for tests: answer: %w", errno))
		}
	}
}

func (s *Supervisor) response(n *notification) response {
	r := response{id: n.id}
	disk := s.disk.Load()
	// No power is ever cut: an fsync of another file has nothing to wait for.
	goOn, failure := n.call != syscall.SYS_FSYNC && n.call != syscall.SYS_FDATASYNC, syscall.Errno(0)
	if path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", int32(n.arguments[0]))); err == nil && disk != nil && path == disk.path {
		goOn, failure = disk.decide(s.call(n))
	}
	if goOn {
		r.flags = flagContinue
	} else {
		r.error = -int32(failure)
	}
	return r
}

func (s *Supervisor) call(n *notification) Call {
	switch n.call {
	case syscall.SYS_PWRITE64:
		data := make([]byte, n.arguments[2])
		if _, err := s.memory.ReadAt(data, int64(n.arguments[1])); err != nil {
			panic(fmt.Errorf("disk for tests: read what is written: %w", err))
		}
		return Call{Kind: Write, at: int64(n.arguments[3]), data: data}
	case syscall.SYS_FTRUNCATE:
		return Call{Kind: Truncate, at: int64(n.arguments[1])}
	default:
		return Call{Kind: Sync}
	}
}
