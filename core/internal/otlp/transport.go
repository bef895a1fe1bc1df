package otlp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/hedge"
)

// httpSender makes the attempts of one signal over HTTP. It replaces the transport,
// and thereby its connections, after an attempt without a response and when certificate
// files have changed. Otherwise an HTTP/2 connection that has silently failed would be
// used again.
type httpSender struct {
	*Collector

	mu sync.Mutex
	// currentTransport is the transport of the next attempt. If it is nil, the next
	// attempt makes a new transport.
	currentTransport *httpTransport
	// tlsConfig is the TLS configuration of the current transport.
	tlsConfig *tls.Config
}

// newHTTPClient returns an HTTP client for an exporter, and a function that closes the
// connections of the client.
func (o *Collector) newHTTPClient() (*http.Client, func() error) {
	c := &httpSender{Collector: o}
	return &http.Client{Transport: c, CheckRedirect: c.checkRedirect}, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.closeCurrent()
		return nil
	}
}

// RoundTrip makes one attempt, with the current headers. It reads the whole response, so
// that an error while reading makes the attempt fail.
func (c *httpSender) RoundTrip(request *http.Request) (*http.Response, error) {
	if r, ok := dryRunFromContext(request.Context()); ok {
		return r.captureHTTP(request)
	}
	response, err := c.sendHedged(request)
	switch {
	case err != nil:
		c.Destination.Attempts.Failed(request.Context(), c.explainAttemptError(err))
	case response.StatusCode >= http.StatusMultipleChoices:
		c.Destination.Attempts.Failed(request.Context(), errors.New(describeStatus(response)))
	}
	if err != nil && !isPermanent(err) {
		err = retryableError{err}
	}
	return response, err
}

// sendHedged makes one attempt, or two concurrent attempts while a flush waits.
func (c *httpSender) sendHedged(request *http.Request) (*http.Response, error) {
	if request.GetBody == nil || request.Body == nil {
		return c.attempt(request.Context(), request, request.Body)
	}
	_ = request.Body.Close() // each attempt has its own body
	return hedge.Do(request.Context(), c.Urgency, func(ctx context.Context) (*http.Response, error) {
		body, err := request.GetBody()
		if err != nil {
			return nil, err
		}
		return c.attempt(ctx, request, body)
	}, c.reconnect)
}

// attempt makes one attempt within the timeout of an attempt, with the current headers.
func (c *httpSender) attempt(ctx context.Context, request *http.Request, body io.ReadCloser) (*http.Response, error) {
	ctx, cancel := c.attemptContext(ctx)
	defer cancel()
	attempt := request.Clone(ctx)
	attempt.Body = body
	// Response is set only on a request that follows a redirect. All other requests go to
	// exactly the configured URL, because the exporters drop its query and the encoding
	// of its path.
	if request.Response == nil {
		attempt.URL = c.URL
	}
	transport, err := c.transport()
	var headers map[string]string
	if err == nil {
		headers, err = c.attemptHeaders(ctx)
	}
	if err != nil {
		if body != nil {
			_ = body.Close()
		}
		return nil, err
	}
	for name, value := range headers {
		attempt.Header.Set(name, value)
	}
	response, err := transport.RoundTrip(attempt)
	if err == nil {
		err = readAnswer(response)
	}
	if err == nil {
		err = c.normalizeAnswer(response)
	}
	if err == nil {
		return response, nil
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		c.discard(transport)
	}
	return nil, err
}

// idleTimeout is how long an unused connection stays open. Load balancers and NAT drop
// idle connections after some minutes without notice. An export on such a connection gets
// no response, and the last export has no time for a retry.
const idleTimeout = 90 * time.Second

const (
	// MaxAnswer is the maximum size of a response that the exporters read.
	MaxAnswer = 4 << 20
	// maxErrorBody limits the body of an error response, which the exporters include in
	// their error. If the body were larger than MaxAnswer, they would not report the
	// status.
	maxErrorBody = 4 << 10
)

// readAnswer reads the body within the timeout of the attempt. It does not read the body
// of a response with status 101 (Switching Protocols). That body is the connection itself,
// and a read from it continues after the context of the attempt has ended.
func readAnswer(response *http.Response) error {
	if response.StatusCode == http.StatusSwitchingProtocols {
		_ = response.Body.Close()
		return &notOTLPError{response.Status, response.Header.Get("Content-Type")}
	}
	limit := int64(MaxAnswer + 1)
	if response.StatusCode >= http.StatusMultipleChoices {
		limit = maxErrorBody
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit))
	if err != nil {
		_ = response.Body.Close()
		return fmt.Errorf("reading the response: %w", err)
	}
	_ = response.Body.Close()
	if len(body) > MaxAnswer {
		return exporterror.ErrLargeAnswer
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	return nil
}

// transport returns the current transport. It makes a new one if there is none
// or the certificates have changed.
func (c *httpSender) transport() (*httpTransport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Collector.TLS != nil {
		config, err := c.Collector.TLS.Load()
		if config == nil {
			return nil, err
		}
		if c.tlsConfig != config {
			c.closeCurrent()
			c.tlsConfig = config
		}
	}
	if c.currentTransport == nil {
		c.currentTransport = newHTTPTransport(c.tlsConfig)
	}
	return c.currentTransport, nil
}

// discard closes transport, unless it was already replaced.
func (c *httpSender) discard(transport *httpTransport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.currentTransport == transport {
		c.closeCurrent()
	}
}

// reconnect makes the next attempt use a new connection. The old connections stay open
// for the attempt in progress until release is called.
func (c *httpSender) reconnect() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	transport := c.currentTransport
	if transport == nil {
		return func() {}
	}
	c.currentTransport = nil
	return transport.close
}

// closeCurrent closes the current transport, if there is one. The caller holds mu.
func (c *httpSender) closeCurrent() {
	if c.currentTransport != nil {
		c.currentTransport.close()
		c.currentTransport = nil
	}
}

// checkRedirect follows a redirect only if it keeps the method and stays on the same
// server. Another server would receive the credentials, and a GET would not contain the
// telemetry. Any other redirect is returned as the response.
func (c *httpSender) checkRedirect(request *http.Request, via []*http.Request) error {
	if request.Method != http.MethodPost || !sameServer(c.URL, request.URL) || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// maxRedirects limits how many redirects an attempt follows.
const maxRedirects = 5

// sameServer reports whether a redirect stays on the server. The redirect may switch from
// HTTP to HTTPS on the default ports, but not back.
func sameServer(from, to *url.URL) bool {
	if !strings.EqualFold(from.Hostname(), to.Hostname()) {
		return false
	}
	if from.Scheme == "http" && to.Scheme == "https" && portOf(from) == "80" && portOf(to) == "443" {
		return true
	}
	return from.Scheme == to.Scheme && portOf(from) == portOf(to)
}

// portOf returns the port of u, or the default port of its scheme.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// isPermanent reports whether another attempt would fail with the same error, for example
// because the server does not speak HTTP. If there was no response, OTLP requires a retry,
// since the collector may be restarting. An error of the function that was passed to
// WithHeaders is never permanent, even if it wraps a permanent error, because the next
// call may succeed. [context.Canceled] is not permanent either, because the exporters
// check before a retry whether the context of the export has ended.
func isPermanent(err error) bool {
	var page *notOTLPError
	return !errors.Is(err, exporterror.ErrHeaders) &&
		(errors.As(err, &page) || errors.Is(err, exporterror.ErrLargeAnswer) || errors.Is(err, http.ErrSchemeMismatch) ||
			strings.Contains(err.Error(), "malformed HTTP"))
}

// retryableError marks the error of an attempt that must be retried. The exporters retry
// an attempt only if the method Temporary of the error returns true. For errors of package
// net, that method often returns false.
type retryableError struct{ error }

func (retryableError) Temporary() bool { return true }
func (e retryableError) Unwrap() error { return e.error }

// httpTransport is a transport that can also close the connections that are in use.
type httpTransport struct {
	*http.Transport

	mu sync.Mutex
	// conns are the open connections.
	conns map[net.Conn]struct{}
	// closed is set by close. Later calls of dial fail.
	closed bool
}

// newHTTPTransport returns a transport with the TLS configuration config, which may be
// nil.
func newHTTPTransport(config *tls.Config) *httpTransport {
	t := &httpTransport{conns: make(map[net.Conn]struct{})}
	t.Transport = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: checkProxyResponse,
		DialContext:            t.dial,
		TLSClientConfig:        config,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
	}
	return t
}

// checkProxyResponse returns an error with the proxy's name if a proxy refuses to connect
// to the collector. Without this function, the error of the transport would contain only
// the status.
func checkProxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("the proxy %s responded to CONNECT with %s", proxy.Host, answer.Status)
}

// dial opens a connection and adds it to conns.
func (t *httpTransport) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	tracked := &trackedConn{Conn: conn, transport: t}
	t.conns[tracked] = struct{}{}
	return tracked, nil
}

// close closes all connections, including those in use.
func (t *httpTransport) close() {
	t.mu.Lock()
	t.closed = true
	conns := make([]net.Conn, 0, len(t.conns))
	for conn := range t.conns {
		conns = append(conns, conn)
	}
	t.mu.Unlock()
	t.CloseIdleConnections()
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// trackedConn is a connection that removes itself from the transport's conns when it is
// closed.
type trackedConn struct {
	net.Conn
	transport *httpTransport
}

func (c *trackedConn) Close() error {
	c.transport.mu.Lock()
	delete(c.transport.conns, c)
	c.transport.mu.Unlock()
	return c.Conn.Close()
}
