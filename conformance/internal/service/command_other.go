//go:build !unix

package service

import (
	"os"
	"os/exec"
)

// useOwnGroup does nothing: there are no process groups as on Unix. The command
// must stop what it starts.
func useOwnGroup(*exec.Cmd) {}

// terminate asks the command to stop, which may fail: Windows has no signals
// for other processes.
func terminate(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }

// terminateGroup asks the command to end.
func terminateGroup(cmd *exec.Cmd) error { return terminate(cmd) }

// killGroup ends the command at once.
func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// endedByRequest always returns false, since there is no SIGTERM.
func endedByRequest(error) bool { return false }
