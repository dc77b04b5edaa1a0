package load

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tick is the unit of times in /proc/PID/stat (proc_pid_stat(5)).
const tick = 10 * time.Millisecond

// used returns how much of the processors this process has used, and the
// processes of the database that run have.
func used(t testing.TB) (here, database time.Duration) {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	here = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	file, err := os.ReadFile(filepath.Join(server.Start(t), "data", "postmaster.pid"))
	must(t, err)
	postmaster, _, _ := strings.Cut(string(file), "\n")
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	must(t, err)
	for _, path := range all {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// After the name, which is in parentheses: state, parent, and as
		// the twelfth and thirteenth utime and stime.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if string(fields[1]) != postmaster {
			continue
		}
		for _, field := range fields[11:13] {
			ticks, err := strconv.ParseInt(string(field), 10, 64)
			must(t, err)
			database += time.Duration(ticks) * tick
		}
	}
	return here, database
}
