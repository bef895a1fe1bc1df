package soak

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// responseTimeout limits one request. A flush takes seconds if the collector never
// responds.
const responseTimeout = 20 * time.Second

// client sends requests over one keep-alive connection. Unlike http.Client, it never
// retries, because the service would record a second span.
type client struct {
	addr      string
	conn      net.Conn
	responses *bufio.Reader // reads from conn
	// dials counts the connections. While it stays the same, requests are answered by the
	// same process.
	dials int
}

// fullResponse is a complete response.
type fullResponse struct {
	status int
	body   string
}

// do sends the request. If it returns an error, the service may have handled the request
// nevertheless.
func (c *client) do(ctx context.Context, request *http.Request) (fullResponse, error) {
	a, keepAlive, err := c.roundTrip(ctx, request)
	if err != nil || !keepAlive {
		c.close()
	}
	return a, err
}

// roundTrip sends the request on the current connection. If there is no connection, it opens
// one. It reports whether the service keeps the connection alive.
func (c *client) roundTrip(ctx context.Context, request *http.Request) (a fullResponse, keepAlive bool, err error) {
	if c.conn == nil {
		dialer := net.Dialer{Timeout: responseTimeout}
		if c.conn, err = dialer.DialContext(ctx, "tcp", c.addr); err != nil {
			return a, false, err
		}
		c.responses = bufio.NewReader(c.conn)
		c.dials++
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := c.conn.SetDeadline(time.Now().Add(responseTimeout)); err != nil {
		return a, false, err
	}
	if err := request.Write(c.conn); err != nil {
		return a, false, err
	}
	response, err := http.ReadResponse(c.responses, request)
	if err != nil {
		return a, false, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return fullResponse{response.StatusCode, string(body)}, !response.Close, err
}

// close closes the connection. The next request opens a new connection.
func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
