//go:build unix

package service

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestSignalGroupIgnoresReusedProcessID proves that a service is not killed because it
// has the process id of an earlier command that has ended.
func TestSignalGroupIgnoresReusedProcessID(t *testing.T) {
	earlier := exec.CommandContext(t.Context(), "true")
	if err := earlier.Run(); err != nil {
		t.Fatal(err)
	}
	service := exec.CommandContext(t.Context(), "sleep", "60")
	useOwnGroup(service)
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	earlier.Process.Pid = service.Process.Pid
	if err := killGroup(earlier); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("got %v, want that the command has ended", err)
	}
	if err := terminateGroup(service); err != nil {
		t.Fatal(err)
	}
	err := service.Wait()
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) {
		t.Fatalf("got %v, want an end by a signal", err)
	}
	if status, _ := exit.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("the service was ended by %v, want the SIGTERM of this test", status.Signal())
	}
}
