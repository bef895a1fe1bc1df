package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// connectionCount is the number of connections to a service. A connection carries one
// request at a time. 64 connections are enough that a request rarely has to wait for a
// free one.
const connectionCount = 64

// serviceConnections are the benchmark's connections to a service.
type serviceConnections []*connection

// connection is a connection to a service, with a buffer for the responses.
type connection struct {
	net.Conn
	responses *bufio.Reader
}

// connect opens the benchmark's connections to the service at addr.
func connect(ctx context.Context, addr string) (serviceConnections, error) {
	var (
		all    serviceConnections
		dialer net.Dialer
	)
	for range connectionCount {
		conn, err := dialer.DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, errors.Join(err, all.close())
		}
		all = append(all, &connection{Conn: conn, responses: bufio.NewReader(conn)})
	}
	return all, nil
}

func (all serviceConnections) close() error {
	var errs []error
	for _, c := range all {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// send sends requests for the given time and returns their number. rate is in requests a
// second. With a rate, each request is due at a fixed time, even if the service is slow. A
// request that is late is sent at once. If rate is 0, each connection sends the next
// request as soon as it has the response.
func (all serviceConnections) send(rate int, duration time.Duration) (int, error) {
	var (
		wait  sync.WaitGroup
		sent  = make([]int, len(all))
		errs  = make([]error, len(all))
		start = time.Now()
	)
	for i, c := range all {
		wait.Go(func() {
			if rate == 0 {
				for errs[i] == nil && time.Since(start) < duration {
					errs[i] = c.exchange()
					sent[i]++
				}
				return
			}
			timer := time.NewTimer(duration)
			defer timer.Stop()
			interval := time.Second / time.Duration(rate)
			for due := time.Duration(i) * interval; errs[i] == nil && due < duration; due += time.Duration(len(all)) * interval {
				if early := due - time.Since(start); early > 0 {
					timer.Reset(early)
					<-timer.C
				}
				errs[i] = c.exchange()
				sent[i]++
			}
		})
	}
	wait.Wait()
	total := 0
	for _, n := range sent {
		total += n
	}
	return total, errors.Join(errs...)
}

// sampledRequest is the text of an HTTP request from a sampled caller.
var sampledRequest = strings.Join([]string{
	"GET " + requestPath + " HTTP/1.1", "Host: " + requestHost, "User-Agent: " + userAgent, "Accept-Encoding: gzip",
	"Traceparent: " + sampledTraceparent, "", "",
}, "\r\n")

// exchange sends sampledRequest and reads the response.
func (c *connection) exchange() error {
	if _, err := io.WriteString(c, sampledRequest); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.responses, nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("got status %d, want 200", response.StatusCode)
	}
	return nil
}
