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

// probeTimeout is for a connection within the machine.
const probeTimeout = time.Second

// isSocketFile tells whether address is a file: on Linux, an empty name and one
// that begins with @ are not.
func isSocketFile(network, address string) bool {
	return network == "unix" && address != "" && !strings.HasPrefix(address, "@")
}

// listenUnix listens at path and gives the file the mode, unless that is 0. It
// replaces a socket that a process before has left, and none that a server
// listens on.
func listenUnix(path string, mode os.FileMode) (net.Listener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// It would remove what is at path when it closes, also if that is another
	// process's socket by then.
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

// removeStale removes a socket that refuses connections, which means that no
// process listens on it. What cannot be told is left to the error of listening.
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

// isSocket tells whether path is that of a socket, not of a link to one.
func isSocket(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().Type() == os.ModeSocket
}

// socketListener removes its file when it closes, and no other that has taken
// its place.
type socketListener struct {
	*net.UnixListener
	path string
	file os.FileInfo
}

// Close removes the file first, so that no client finds a socket that refuses
// it.
func (l *socketListener) Close() error {
	if now, err := os.Lstat(l.path); err == nil && l.file != nil && os.SameFile(l.file, now) {
		_ = os.Remove(l.path) // as net.UnixListener does
	}
	return l.UnixListener.Close()
}
