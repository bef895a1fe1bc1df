package otlptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	forwardQueueSize = 256             // maximum number of queued requests
	forwardTimeout   = 5 * time.Second // limit for one request, and for all queued requests after close
	httpPort         = "4318"          // OTLP's port for http/protobuf
	protocolGRPC     = "grpc"
	protocolHTTP     = "http/protobuf"
)

// forwarder forwards requests to another endpoint, in order and in the
// background.
type forwarder struct {
	queue                  chan forwardRequest
	send                   func(context.Context, forwardRequest) error // set by useGRPC or useHTTP
	closeClient            func() error                                // set by useGRPC or useHTTP
	sentCount, failedCount atomic.Int64

	mu       sync.RWMutex // prevents queue from being closed during a send
	closed   bool
	runEnded chan struct{}   // closed when run returns
	ctx      context.Context // context of the requests; canceled forwardTimeout after close
	cancel   context.CancelFunc
}

// forwardRequest is an export request to forward.
type forwardRequest struct {
	signal  Signal
	message proto.Message
}

// newForwarder starts a forwarder. The parameters are those of [WithForward] and
// [WithForwardProtocol].
func newForwarder(endpoint, protocol string, headers map[string]string) (*forwarder, error) {
	target := endpoint
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("otlptest: forwarding to %q: %w", endpoint, err)
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf(`otlptest: forwarding to %q: want a URL such as "http://localhost:4317"`, endpoint)
	}
	switch {
	case protocol == "" && u.Port() == httpPort:
		protocol = protocolHTTP
	case protocol == "":
		protocol = protocolGRPC
	case protocol != protocolGRPC && protocol != protocolHTTP:
		return nil, fmt.Errorf("otlptest: forwarding with protocol %q: want %q or %q", protocol, protocolGRPC, protocolHTTP)
	}
	f := &forwarder{queue: make(chan forwardRequest, forwardQueueSize), runEnded: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	if protocol == protocolHTTP {
		f.useHTTP(u, headers)
	} else if err := f.useGRPC(u, headers); err != nil {
		f.cancel()
		return nil, fmt.Errorf("otlptest: forwarding to %q: %w", endpoint, err)
	}
	go f.run()
	return f, nil
}

// useGRPC sets up forwarding over gRPC. conn.Invoke decodes each response into an empty
// message, because the content of the responses is not used.
func (f *forwarder) useGRPC(u *url.URL, headers map[string]string) error {
	creds := credentials.NewTLS(nil)
	if u.Scheme == "http" {
		creds = insecure.NewCredentials()
	}
	host := u.Host
	if u.Port() == "" {
		host += ":4317"
	}
	conn, err := grpc.NewClient(host, grpc.WithTransportCredentials(creds))
	if err != nil {
		return err
	}
	services := map[Signal]string{
		Traces:  "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
		Metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
		Logs:    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
	}
	f.closeClient = conn.Close
	f.send = func(ctx context.Context, each forwardRequest) error {
		ctx = metadata.NewOutgoingContext(ctx, metadata.New(headers))
		return conn.Invoke(ctx, services[each.signal], each.message, &emptypb.Empty{})
	}
	return nil
}

// useHTTP sets up forwarding over HTTP.
func (f *forwarder) useHTTP(u *url.URL, headers map[string]string) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	client := &http.Client{Transport: transport}
	f.closeClient = func() error {
		transport.CloseIdleConnections()
		return nil
	}
	f.send = func(ctx context.Context, each forwardRequest) error {
		body, err := proto.Marshal(each.message)
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.JoinPath("v1", string(each.signal)).String(), bytes.NewReader(body))
		if err != nil {
			return err
		}
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		request.Header.Set("Content-Type", "application/x-protobuf")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if response.StatusCode/100 != 2 {
			err = errors.Join(err, fmt.Errorf("status %s", response.Status))
		}
		return errors.Join(err, response.Body.Close())
	}
}

// enqueue queues a request. If the queue is full or closed, it counts the request as
// failed.
func (f *forwarder) enqueue(signal Signal, message proto.Message) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.closed {
		f.failedCount.Add(1)
		return
	}
	select {
	case f.queue <- forwardRequest{signal, message}:
	default:
		f.failedCount.Add(1)
	}
}

// run sends the queued requests one after the other, until the queue is closed.
func (f *forwarder) run() {
	defer close(f.runEnded)
	for each := range f.queue {
		ctx, cancel := context.WithTimeout(f.ctx, forwardTimeout)
		err := f.send(ctx, each)
		cancel()
		if err != nil {
			f.failedCount.Add(1)
		} else {
			f.sentCount.Add(1)
		}
	}
}

// close sends the queued requests, for at most forwardTimeout, and stops the forwarder.
func (f *forwarder) close() error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	close(f.queue)
	timer := time.AfterFunc(forwardTimeout, f.cancel)
	<-f.runEnded
	timer.Stop()
	f.cancel()
	return f.closeClient()
}
