//go:build unix

package service

import (
	"errors"
	"os"
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
func terminateGroup(cmd *exec.Cmd) error { return signalGroup(cmd, syscall.SIGTERM) }

// killGroup kills the command and the processes that it has started.
func killGroup(cmd *exec.Cmd) error { return signalGroup(cmd, syscall.SIGKILL) }

// signalGroup sends a signal to the process group of the command. It returns
// os.ErrProcessDone if the group has no members.
//
// The id of the group is the process id of the command. When the command has ended and the
// group is empty, the system may give that id to a new process, which must not get the
// signal. The system does not reuse the id while the group has members. So if the command
// has ended but a process has the id, that process is new and the group is empty.
func signalGroup(cmd *exec.Cmd, signal syscall.Signal) error {
	pid := cmd.Process.Pid
	ended := errors.Is(cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone)
	if ended && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return os.ErrProcessDone
	}
	err := syscall.Kill(-pid, signal)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// endedBySIGTERM reports whether a command ended because of SIGTERM: it was ended by the
// signal, or has the exit status that shells use for that.
func endedBySIGTERM(err error) bool {
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) {
		return false
	}
	const bySignal = 128
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && (status.Signaled() && status.Signal() == syscall.SIGTERM || status.ExitStatus() == bySignal+int(syscall.SIGTERM))
}
