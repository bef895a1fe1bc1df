package fasthttpotel

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// probeTimeout limits a connection attempt on the same machine.
const probeTimeout = time.Second

// isSocketFile reports whether address is a file in the file system. On Linux, an empty
// name and a name that begins with @ are not.
func isSocketFile(network, address string) bool {
	return network == "unix" && address != "" && !strings.HasPrefix(address, "@")
}

// listenUnix listens on path and sets the file's mode, unless it is 0. It
// replaces a stale socket, but not one that a server listens on.
func listenUnix(path string, mode os.FileMode) (net.Listener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// By default, the listener would remove the file when it closes, even if the file
	// then belongs to another process.
	ln.SetUnlinkOnClose(false)
	socket := &socketListener{UnixListener: ln, path: path}
	socket.file, err = os.Lstat(path)
	if err == nil && mode != 0 {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return socket, nil
}

// removeStale removes a socket that refuses connections, which means that no process
// listens on it. In all other cases it does nothing, and listening returns the error.
func removeStale(path string) error {
	if !isSocket(path) {
		return nil
	}
	dialer := net.Dialer{Timeout: probeTimeout}
	conn, err := dialer.DialContext(context.Background(), "unix", path)
	if err == nil {
		return conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return nil
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// isSocket reports whether path is a socket. A link to a socket is not.
func isSocket(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().Type() == os.ModeSocket
}

// socketListener removes its file when it closes, unless another file has
// replaced it.
type socketListener struct {
	*net.UnixListener
	path string
	file os.FileInfo
}

// Close removes the file before closing the listener, so that no client finds a socket
// that refuses connections.
func (l *socketListener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && l.file != nil && os.SameFile(l.file, now) {
		_ = os.Remove(l.path) // as net.UnixListener does
	}
	return l.UnixListener.Close()
}
