package core

import (
	"errors"
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
	client := &http.Client{Transport: &exactTransport{next: transport, url: o.url}, Timeout: o.timeout}
	return client, func() error {
		transport.CloseIdleConnections()
		return nil
	}
}

// exactTransport posts to the endpoint exactly as it was given: the exporters
// lose its query and the encoding of its path.
type exactTransport struct {
	next http.RoundTripper
	url  *url.URL
}

func (t *exactTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	// A request with a response behind it follows a redirection.
	if request.Response == nil {
		exact := *request
		exact.URL = t.url
		request = &exact
	}
	response, err := t.next.RoundTrip(request)
	var network *net.OpError
	if errors.As(err, &network) && network.Op == "dial" {
		err = awayError{err}
	}
	return response, err
}

// awayError is that of a collector that cannot be reached. The exporters try
// again after an error that says it is temporary, which Go's own does not: a
// collector that restarts refuses connections meanwhile.
type awayError struct{ error }

func (awayError) Temporary() bool { return true }
func (e awayError) Unwrap() error { return e.error }
