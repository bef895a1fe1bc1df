//go:build !unix

package service

import (
	"os"
	"os/exec"
)

// useOwnGroup does nothing: the system has no process groups like Unix. The command must
// stop the processes that it starts.
func useOwnGroup(*exec.Cmd) {}

// terminate asks the command to stop. This may fail: Windows cannot send signals to other
// processes.
func terminate(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }

// terminateGroup asks the command to stop.
func terminateGroup(cmd *exec.Cmd) error { return terminate(cmd) }

// killGroup ends the command at once.
func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// endedBySIGTERM always returns false, since the system has no SIGTERM.
func endedBySIGTERM(error) bool { return false }
