package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command returns a command whose process group is killed when ctx ends. Its environment
// is that of this process with env added.
func command(ctx context.Context, dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return signalGroup(cmd, syscall.SIGKILL) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// signalGroup sends the signal to the command and to all processes that it has started,
// like Ctrl-C in a terminal.
func signalGroup(cmd *exec.Cmd, signal syscall.Signal) error {
	return syscall.Kill(-cmd.Process.Pid, signal)
}

// output runs a command and returns its standard output without the final
// newline. The error contains the command and its output.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := command(ctx, dir, env, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		printed := strings.TrimSpace(stdout.String() + "\n" + stderr.String())
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, printed)
	}
	return strings.TrimRight(stdout.String(), "\n"), nil
}

// shell runs command lines and returns their standard output. It stops at the first
// command that fails.
func shell(ctx context.Context, dir string, env []string, lines string) (string, error) {
	printed, err := output(ctx, dir, env, "sh", "-ec", lines)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("commands of the README: %w", err)
	}
	return printed, err
}
