package core

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// client returns the HTTP client, and what closes its idle connections.
func (o otlp) client() (*http.Client, func() error) {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       o.tls,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          2,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
	client := &http.Client{Transport: &exactTransport{next: transport, url: o.url, attempts: o.attempts}, Timeout: o.timeout}
	return client, func() error {
		transport.CloseIdleConnections()
		return nil
	}
}

// exactTransport posts to the endpoint exactly as it was given: the exporters
// lose its query and the encoding of its path.
type exactTransport struct {
	next     http.RoundTripper
	url      *url.URL
	attempts *attempts
}

func (t *exactTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	// A request with a response behind it follows a redirection.
	if request.Response == nil {
		exact := *request
		exact.URL = t.url
		request = &exact
	}
	response, err := t.next.RoundTrip(request)
	t.attempts.noteHTTP(response, err)
	if isAway(err) {
		err = awayError{err}
	}
	return response, err
}

// isAway tells whether the collector cannot be reached, or has gone away
// without an answer, after which OTLP wants the export sent again. What TLS has
// to say is not of that kind.
func isAway(err error) bool {
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Op == "dial" || network.Op == "read" || network.Op == "write" || network.Op == "readfrom"
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// awayError is that of a collector that is not there. The exporters try again
// after an error that says it is temporary, which Go's own does not: a
// collector that restarts refuses connections meanwhile, and resets those that
// it had.
type awayError struct{ error }

func (awayError) Temporary() bool { return true }
func (e awayError) Unwrap() error { return e.error }
