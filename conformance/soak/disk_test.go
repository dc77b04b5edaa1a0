package soak

import (
	"bufio"
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// disk is a file system of its own, in memory, at a folder that only those see
// who enter. It can be full.
type disk struct {
	folder string
	holder int // process that keeps it
}

// diskSize is how much it takes when it has room.
const diskSize = 4 << 30

// holding mounts the file system at $0, and keeps it until its input ends.
const holding = `mount -t tmpfs -o size="$1",mode=700 none "$0" && echo held && read -r end`

// newDisk returns a disk at folder, or nil and why there can be none.
func newDisk(t *testing.T, folder string) (*disk, error) {
	t.Helper()
	c := exec.Command("unshare", "-rm", "sh", "-c", holding, folder, strconv.Itoa(diskSize))
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	if err := c.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		in.Close()
		_ = c.Wait() // its input has ended, which is no failure of ours
	})
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		return nil, fmt.Errorf("no file system of one's own can be mounted here (unshare -rm)")
	}
	return &disk{folder, c.Process.Pid}, nil
}

// enter is the command before another one that is to see the disk.
func (d *disk) enter() []string {
	return []string{"nsenter", "--target", strconv.Itoa(d.holder), "--user", "--preserve-credentials", "--mount", "--"}
}

// seen is where those who have not entered find a path of the disk.
func (d *disk) seen(path string) string { return fmt.Sprintf("/proc/%d/root%s", d.holder, path) }

// fillTries is how often it is tried to have no room while others still write.
const fillTries = 20

// fill leaves so many bytes free. The disk cannot be made smaller than what is on
// it by then.
func (d *disk) fill(t *testing.T, free int64) {
	var err error
	for range fillTries {
		var now syscall.Statfs_t
		if err = syscall.Statfs(d.seen(d.folder), &now); err == nil {
			err = d.resize(int64(now.Blocks-now.Bfree)*now.Bsize + free)
		}
		if err == nil {
			return
		}
	}
	t.Error(err)
}

// empty gives it room again.
func (d *disk) empty(t *testing.T) {
	if err := d.resize(diskSize); err != nil {
		t.Error(err)
	}
}

func (d *disk) resize(size int64) error {
	mount := append(d.enter(), "mount", "-o", fmt.Sprint("remount,size=", size), d.folder)
	if out, err := exec.Command(mount[0], mount[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
