//go:build !unix

package service

import (
	"os"
	"os/exec"
)

// ownGroup does nothing: there are no process groups as on Unix. What the
// command starts is its own to end.
func ownGroup(*exec.Cmd) {}

// terminate asks the command to end, which may be an error: Windows has no
// signal for another process.
func terminate(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }

// terminateGroup asks the command to end.
func terminateGroup(cmd *exec.Cmd) error { return terminate(cmd) }

// killGroup ends the command at once.
func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// endedByRequest is for systems with SIGTERM.
func endedByRequest(error) bool { return false }
