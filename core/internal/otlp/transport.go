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

// httpConnection makes the attempts of one signal over HTTP. It replaces the
// transport, and so its connections, after an attempt that got no answer, and
// when the files of its certificates have changed: over HTTP/2, a connection on
// which nothing comes back would be used again.
type httpConnection struct {
	*Collector

	mu      sync.Mutex
	current *httpTransport
	tls     *tls.Config
}

// client returns the HTTP client, and what closes its connections.
func (o *Collector) client() (*http.Client, func() error) {
	c := &httpConnection{Collector: o}
	return &http.Client{Transport: c, CheckRedirect: c.checkRedirect}, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.retire()
		return nil
	}
}

// RoundTrip makes one attempt. It reads the answer as a whole, so that what
// happens then is the attempt's too, and has the headers of that moment.
func (c *httpConnection) RoundTrip(request *http.Request) (*http.Response, error) {
	if r, ok := rehearsalIn(request.Context()); ok {
		return r.keepHTTP(request)
	}
	response, err := c.hedged(request)
	switch {
	case err != nil:
		c.Destination.Attempts.Failed(request.Context(), c.attemptError(err))
	case response.StatusCode >= http.StatusMultipleChoices:
		c.Destination.Attempts.Failed(request.Context(), errors.New(describeStatus(response)))
	}
	if err != nil && !isFinal(err) {
		err = againError{err}
	}
	return response, err
}

// hedged makes one attempt, or two while a flush waits.
func (c *httpConnection) hedged(request *http.Request) (*http.Response, error) {
	if request.GetBody == nil || request.Body == nil {
		return c.attempt(request.Context(), request, request.Body)
	}
	_ = request.Body.Close() // each attempt has its own
	return hedge.Do(request.Context(), c.Urgency, func(ctx context.Context) (*http.Response, error) {
		body, err := request.GetBody()
		if err != nil {
			return nil, err
		}
		return c.attempt(ctx, request, body)
	}, c.renew)
}

func (c *httpConnection) attempt(ctx context.Context, request *http.Request, body io.ReadCloser) (*http.Response, error) {
	ctx, cancel := c.limit(ctx)
	defer cancel()
	attempt := request.Clone(ctx)
	attempt.Body = body
	// A request with a response behind it follows a redirection. Any other goes
	// to the endpoint exactly as it was given: the exporters lose its query and
	// the encoding of its path.
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
		err = c.checkAnswer(response)
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

// idleTimeout is how long a connection stays open without an export. Balancers
// and address translators forget one after some minutes without a word, and an
// export on it would then get no answer: the last one has no time for another.
const idleTimeout = 90 * time.Second

const (
	// MaxAnswer is the most that the exporters read of an answer.
	MaxAnswer = 4 << 20
	// maxErrorBody is what they are given of one that is an error, whose body goes
	// into their message. Over MaxAnswer they would not see the status.
	maxErrorBody = 4 << 10
)

// readAnswer reads the body, so that it is there when the attempt's time is
// over.
func readAnswer(response *http.Response) error {
	limit := int64(MaxAnswer + 1)
	if response.StatusCode >= http.StatusMultipleChoices {
		limit = maxErrorBody
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit))
	if err != nil {
		_ = response.Body.Close()
		return fmt.Errorf("reading the answer: %w", err)
	}
	_ = response.Body.Close()
	if len(body) > MaxAnswer {
		return exporterror.ErrLargeAnswer
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	return nil
}

// transport returns the transport to use, a new one if there is none or its
// certificates have changed.
func (c *httpConnection) transport() (*httpTransport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Collector.TLS != nil {
		config, err := c.Collector.TLS.Load()
		if config == nil {
			return nil, err
		}
		if c.tls != config {
			c.retire()
			c.tls = config
		}
	}
	if c.current == nil {
		c.current = newHTTPTransport(c.tls)
	}
	return c.current, nil
}

// discard closes transport, unless it has been replaced already.
func (c *httpConnection) discard(transport *httpTransport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == transport {
		c.retire()
	}
}

// renew makes the next attempt use a fresh connection, and leaves those before
// to an attempt under way until release is called.
func (c *httpConnection) renew() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	transport := c.current
	if transport == nil {
		return func() {}
	}
	c.current = nil
	return transport.close
}

// retire is called with mu held.
func (c *httpConnection) retire() {
	if c.current != nil {
		c.current.close()
		c.current = nil
	}
}

// checkRedirect follows a redirection with the same request to the same server
// alone: to another one it would take the credentials along, and as a GET it
// would leave the telemetry behind. What is not followed is the answer.
func (c *httpConnection) checkRedirect(request *http.Request, via []*http.Request) error {
	if request.Method != http.MethodPost || !sameServer(c.URL, request.URL) || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

const maxRedirects = 5

// sameServer says whether a redirection from one address to another stays on
// the server: TLS may be added at the default ports, and never taken away.
func sameServer(from, to *url.URL) bool {
	if !strings.EqualFold(from.Hostname(), to.Hostname()) {
		return false
	}
	if from.Scheme == "http" && to.Scheme == "https" && portOf(from) == "80" && portOf(to) == "443" {
		return true
	}
	return from.Scheme == to.Scheme && portOf(from) == portOf(to)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// isFinal says whether another attempt would meet err again. Without an answer,
// OTLP wants the export sent again: the collector may restart, and what is in
// front of it may change. That the other side speaks no HTTP is not of that kind.
func isFinal(err error) bool {
	var page *pageError
	return errors.As(err, &page) || errors.Is(err, exporterror.ErrLargeAnswer) || errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, context.Canceled) ||
		strings.Contains(err.Error(), "malformed HTTP")
}

// againError is that of an attempt that is to be made again. The exporters do
// so after an error that says it is temporary, which Go's own do not.
type againError struct{ error }

func (againError) Temporary() bool { return true }
func (e againError) Unwrap() error { return e.error }

// httpTransport is a transport that can close the connections that are in use.
type httpTransport struct {
	*http.Transport

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

func newHTTPTransport(config *tls.Config) *httpTransport {
	t := &httpTransport{conns: make(map[net.Conn]struct{})}
	t.Transport = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: checkProxy,
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

// checkProxy names a proxy's refusal, of which the transport tells only the
// status.
func checkProxy(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("the proxy %s answered CONNECT with %s", proxy.Host, answer.Status)
}

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
	tracked := &trackedConn{Conn: conn, of: t}
	t.conns[tracked] = struct{}{}
	return tracked, nil
}

// close closes all connections, also those in use.
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

type trackedConn struct {
	net.Conn
	of *httpTransport
}

func (c *trackedConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
