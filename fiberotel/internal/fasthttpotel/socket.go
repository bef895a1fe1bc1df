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

// probeTimeout limits the connection attempt with which removeStaleSocket probes a socket.
const probeTimeout = time.Second

// isSocketPath reports whether address is the path of a Unix socket in the file system. On
// Linux, an empty address of a Unix socket, and one that begins with @, are not paths.
func isSocketPath(network, address string) bool {
	return network == "unix" && address != "" && !strings.HasPrefix(address, "@")
}

// listenUnix listens on the Unix socket at path. It sets the mode of the socket's file unless
// mode is 0. If there is a stale socket, on which no server listens, listenUnix replaces it.
func listenUnix(path string, mode os.FileMode) (net.Listener, error) {
	if err := removeStaleSocket(path); err != nil {
		return nil, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	// By default, the listener removes the file at path when it closes, even if another
	// process has replaced the file. socketListener removes only its own file.
	ln.SetUnlinkOnClose(false)
	socket := &socketListener{UnixListener: ln, path: path}
	socket.socketFile, err = os.Lstat(path)
	if err == nil && mode != 0 {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		return nil, errors.Join(err, socket.Close())
	}
	return socket, nil
}

// removeStaleSocket removes the socket at path if it refuses connections, which means that no
// process listens on it. In all other cases, removeStaleSocket does nothing. If the path is in
// use, the caller receives an error when it listens.
func removeStaleSocket(path string) error {
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

// isSocket reports whether the file at path is a socket. For a link to a socket, it returns
// false.
func isSocket(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().Type() == os.ModeSocket
}

// socketListener removes its socket's file when it closes, unless another file has replaced
// it.
type socketListener struct {
	*net.UnixListener
	// path is the path of the socket.
	path string
	// socketFile identifies the file that the listener has created at path.
	socketFile os.FileInfo
}

// Close removes the file and then closes the listener. In the other order, a client could
// find a socket that refuses connections.
func (l *socketListener) Close() error {
	if currentFile, err := os.Lstat(l.path); err == nil && l.socketFile != nil && os.SameFile(l.socketFile, currentFile) {
		_ = os.Remove(l.path) // net.UnixListener also ignores this error
	}
	return l.UnixListener.Close()
}
