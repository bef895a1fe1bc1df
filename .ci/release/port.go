package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// reservePort returns the README's port, or a free port if the README's port is in use.
// Other processes that call reservePort do not get the README's port until release is
// called.
func reservePort() (port int, release func(), err error) {
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("samespan-goget-%d.lock", readmePort)), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		release = func() { _ = lock.Close() }
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			if port, err := freePort(readmePort); err == nil {
				return port, release, nil
			}
		}
		release()
	}
	port, err = freePort(0)
	return port, func() {}, err
}

// freePort returns port if it is free, or any free port if port is 0.
func freePort(port int) (int, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
