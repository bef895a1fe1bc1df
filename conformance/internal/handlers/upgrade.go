package handlers

import (
	"bufio"
	"io"
	"net/http"
	"strings"
)

// switchingProtocols is the response after which the connection uses UpgradeProtocol
// instead of HTTP.
const switchingProtocols = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + UpgradeProtocol + "\r\n\r\n"

// maxMessageLength limits the length of an echoed message.
const maxMessageLength = 64 << 10

// WantsUpgrade reports whether the headers of a request ask for an upgrade to
// [UpgradeProtocol].
func WantsUpgrade(connection, upgrade string) bool {
	return strings.EqualFold(connection, "Upgrade") && strings.EqualFold(upgrade, UpgradeProtocol)
}

// Upgrade hijacks the connection of an HTTP/1.1 request and echoes one line.
func Upgrade(w http.ResponseWriter, r *http.Request) error {
	if !WantsUpgrade(r.Header.Get("Connection"), r.Header.Get("Upgrade")) {
		w.Header().Set("Upgrade", UpgradeProtocol)
		w.WriteHeader(http.StatusUpgradeRequired)
		return nil
	}
	conn, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, switchingProtocols); err != nil {
		return err
	}
	return EchoLine(conn, buffer)
}

// EchoLine reads a line from r and writes it to w.
func EchoLine(w io.Writer, r io.Reader) error {
	line, err := bufio.NewReader(io.LimitReader(r, maxMessageLength)).ReadBytes('\n')
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}
