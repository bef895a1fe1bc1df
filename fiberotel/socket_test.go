//go:build unix

package fiberotel_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/samespan/samespan/fiberotel"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
)

// TestTwoServersOnOneUnixSocket proves that a server does not start on a socket that
// another server uses, and that it can start on this socket after that server has stopped.
func TestTwoServersOnOneUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	start := func() (*fiberotel.Runner, chan error) {
		app := fiber.New(fiber.Config{Network: "unix", DisableStartupMessage: true})
		server := fiberotel.Server(app, path)
		served := make(chan error, 1)
		go func() { served <- server.ListenAndServe() }()
		return server, served
	}
	isListening := func() bool {
		conn, err := net.Dial("unix", path)
		return err == nil && conn.Close() == nil
	}
	for range 2 {
		server, served := start()
		fibertest.Eventually(t, "the server listens", isListening)
		if _, refused := start(); !errors.Is(fibertest.Await(t, refused), syscall.EADDRINUSE) {
			t.Error("a server started where another one listens")
		}
		if !isListening() {
			t.Error("the socket of the server that listens is gone")
		}
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := fibertest.Await(t, served); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want no file after the shutdown", err)
		}
	}
}
