package jaegerremote

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// fetchTimeout is how long one request for a strategy may take.
	fetchTimeout = 10 * time.Second
	// maxStrategySize limits the size of a response, which is kept in memory.
	maxStrategySize = 4 << 20
)

// fetcher requests strategies over HTTP. It has its own transport: if the service has
// instrumented http.DefaultTransport, requests with that transport would record spans.
type fetcher struct {
	// endpoint is the URL of the sampling endpoint.
	endpoint string
	client   http.Client
	// ctx is the context of all requests. cancel ends it.
	ctx    context.Context
	cancel context.CancelFunc
}

// newFetcher returns a fetcher of strategies from the URL endpoint.
func newFetcher(endpoint string) *fetcher {
	ctx, cancel := context.WithCancel(context.Background())
	return &fetcher{
		endpoint: endpoint, ctx: ctx, cancel: cancel,
		client: http.Client{Timeout: fetchTimeout, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, IdleConnTimeout: 2 * time.Minute}},
	}
}

// stop cancels the request in progress, and all later ones.
func (f *fetcher) stop() {
	f.cancel()
	f.client.CloseIdleConnections()
}

// Fetch returns the strategy for a service in Jaeger's format.
func (f *fetcher) Fetch(service string) ([]byte, error) {
	address, err := url.Parse(f.endpoint)
	if err != nil {
		return nil, err
	}
	query := address.Query()
	query.Set("service", service)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(f.ctx, http.MethodGet, address.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxStrategySize+1))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s responded with status %s", address.Redacted(), response.Status)
	case len(body) > maxStrategySize:
		return nil, fmt.Errorf("%s responded with more than %d bytes", address.Redacted(), maxStrategySize)
	}
	return body, nil
}
