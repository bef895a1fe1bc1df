//go:build unix

package fiberotel_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"

	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
)

// TestServerReplacesStaleSocket proves that a server replaces the socket of a killed
// process and sets the socket's mode, and that Shutdown does not wait for a client that
// sends nothing.
func TestServerReplacesStaleSocket(t *testing.T) {
	for _, test := range []struct {
		name       string
		mode, want os.FileMode
		hasStale   bool // whether there is a stale socket
	}{
		{"default mode", 0, 0o770, false},
		{"mode", 0o600, 0o600, false},
		{"stale socket", 0o666, 0o666, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // the shutdown takes five seconds if a client sends nothing
			path := filepath.Join(t.TempDir(), "s")
			if test.hasStale {
				staleListener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
				if err != nil {
					t.Fatal(err)
				}
				staleListener.SetUnlinkOnClose(false)
				if err := staleListener.Close(); err != nil {
					t.Fatal(err)
				}
			}
			app := newApp()
			server := fiberotel.Server(app, path, fiber.ListenConfig{
				DisableStartupMessage: true, ListenerNetwork: fiber.NetworkUnix, UnixSocketFileMode: test.mode,
			})
			served := make(chan error, 1)
			go func() { served <- server.ListenAndServe() }()
			var conn net.Conn
			fibertest.Eventually(t, "it listens", func() bool {
				var err error
				conn, err = net.Dial("unix", path)
				return err == nil
			})
			defer func() { _ = conn.Close() }()
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != test.want {
				t.Errorf("got mode %v, want %v", got, test.want)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			if err := server.Shutdown(ctx); err != nil {
				t.Errorf("got %v, want a shutdown in spite of a client that sends nothing", err)
			}
			if err := fibertest.Await(t, served); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestServerKeepsOtherFiles proves that a server does not start on the path of a file that
// is not a socket, and does not remove the file.
func TestServerKeepsOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := fiberotel.Server(newApp(), path, fiber.ListenConfig{DisableStartupMessage: true, ListenerNetwork: fiber.NetworkUnix})
	if err := server.ListenAndServe(); err == nil {
		t.Error("got no error of an address in use")
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "mine" {
		t.Errorf("got %q, %v; want the file as it was", content, err)
	}
}

// TestTwoServersOnOneUnixSocket proves that a server does not start on a socket that
// another server uses. If the socket file of the first server is renamed, a second server
// can listen on the path. When the first server stops, it must not remove the file of the
// second server.
func TestTwoServersOnOneUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	start := func() (*fiberotel.Runner, chan error) {
		server := fiberotel.Server(newApp(), path, fiber.ListenConfig{DisableStartupMessage: true, ListenerNetwork: fiber.NetworkUnix})
		served := make(chan error, 1)
		go func() { served <- server.ListenAndServe() }()
		return server, served
	}
	isListening := func() bool {
		conn, err := net.Dial("unix", path)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}
	stop := func(server *fiberotel.Runner, served chan error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := fibertest.Await(t, served); err != nil {
			t.Error(err)
		}
	}
	first, firstServed := start()
	fibertest.Eventually(t, "the first server listens", isListening)

	refused, refusedServed := start()
	if err := fibertest.Await(t, refusedServed); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v of the second server, want an address in use", err)
	}
	if err := refused.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if !isListening() {
		t.Fatal("the first server's socket is gone after the shutdown of the refused server")
	}

	if err := os.Rename(path, path+".before"); err != nil {
		t.Fatal(err)
	}
	second, secondServed := start()
	fibertest.Eventually(t, "the second server listens", isListening)
	stop(first, firstServed)
	if !isListening() {
		t.Error("the second server's socket is gone after the first one's shutdown")
	}
	stop(second, secondServed)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want no file after the shutdown of the server that made it", err)
	}
}
