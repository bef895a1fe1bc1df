//go:build unix

package service

import (
	"errors"
	"os/exec"
	"syscall"
)

// useOwnGroup puts the command into its own process group, so that the processes that it
// starts can be stopped with it.
func useOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// terminate asks the command to stop.
func terminate(cmd *exec.Cmd) error { return cmd.Process.Signal(syscall.SIGTERM) }

// terminateGroup asks the command, and the processes that it has started, to stop.
func terminateGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// killGroup kills the command and the processes that it has started.
func killGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// endedByRequest reports whether a command ended because of SIGTERM: it was ended by the
// signal, or has the exit status that shells use for that.
func endedByRequest(err error) bool {
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) {
		return false
	}
	const bySignal = 128
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && (status.Signaled() && status.Signal() == syscall.SIGTERM || status.ExitStatus() == bySignal+int(syscall.SIGTERM))
}
