package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// runningApp is a running program.
type runningApp struct {
	cmd    *exec.Cmd
	output *transcript
	// ended is closed when the program has ended.
	ended chan struct{}
	// err is the error of cmd.Wait. It is set before ended is closed.
	err error
}

// launch starts a command in the application's directory. The command does not inherit the
// environment variables of this process that configure telemetry.
func (n tutorialRun) launch(ctx context.Context, env []string, name string, args ...string) (*runningApp, error) {
	cmd := command(ctx, n.appDir, nil, name, args...)
	cmd.Env = append(append(withoutTelemetry(os.Environ()), n.env...), env...)
	app := &runningApp{cmd: cmd, output: &transcript{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = app.output, app.output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(app.ended)
		app.err = cmd.Wait()
	}()
	return app, nil
}

// awaitListening waits until the program accepts connections. The limit is five minutes,
// since go run first builds the program, possibly with an empty cache.
func (a *runningApp) awaitListening(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-retry.C:
		case <-a.ended:
			return fmt.Errorf("the application exited before it accepted connections: %w\n%s", a.err, a.output.String())
		case <-ctx.Done():
			return fmt.Errorf("the application does not accept connections at %s: %w\n%s", address, ctx.Err(), a.output.String())
		}
	}
}

// stop sends the signal to the program and waits for the program to end. It returns an
// error if the program fails or does not end within a minute.
func (a *runningApp) stop(signal syscall.Signal) error {
	if err := signalGroup(a.cmd, signal); err != nil {
		return err
	}
	select {
	case <-a.ended:
		return a.err
	case <-time.After(time.Minute):
		a.kill()
		return errors.New("the application was still running a minute after the signal")
	}
}

// kill kills the program if it is still running, and waits until it has ended.
func (a *runningApp) kill() {
	select {
	case <-a.ended:
	default:
		_ = signalGroup(a.cmd, syscall.SIGKILL)
		<-a.ended
	}
}

// transcript collects the output of a program.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
