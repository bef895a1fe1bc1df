package otlp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/core/internal/exporterror"
	"github.com/samespan/samespan/core/internal/hedge"
)

const (
	// maxRedialInterval limits the pause after which gRPC tries a failed address again.
	maxRedialInterval = 30 * time.Second
	// minConnectTimeout is the minimum time that gRPC gives an address to connect.
	minConnectTimeout = 5 * time.Second
)

// grpcAnswerLimit is the size limit of a gRPC response. It is not MaxAnswer, because that is
// also the usual limit of a collector for requests. gRPC's error contains the limit, so a
// limit of MaxAnswer+1 shows that the response was too large, and not the request.
const grpcAnswerLimit = MaxAnswer + 1

// answerTooLargeText is the part of gRPC's error that contains grpcAnswerLimit.
var answerTooLargeText = fmt.Sprintf("vs. %d)", grpcAnswerLimit)

// errClosed is the error of an attempt on a closed grpcSender. It has the same text
// as gRPC's error for a closed connection.
var errClosed = status.Error(codes.Canceled, "grpc: the client connection is closing")

// roundRobinConfig is a gRPC service config that distributes exports over all addresses of
// a host name. By default, gRPC uses only the first address that connects.
const roundRobinConfig = `{"loadBalancingConfig":[{"round_robin":{}}]}`

// grpcSender makes the attempts of one signal over gRPC. It replaces the connection,
// and thereby resolves the name again, after an attempt without a response and when
// certificate files have changed. By itself, gRPC keeps a connection that has silently
// failed, and resolves a name at most every 30 s.
type grpcSender struct {
	*Collector
	// idleTimeout is how long an unused connection stays open.
	idleTimeout time.Duration

	mu sync.Mutex
	// currentConn is the connection of the next attempt. If it is nil, the next attempt
	// makes a new connection.
	currentConn *grpc.ClientConn
	// tlsConfig is the TLS configuration of the current connection.
	tlsConfig *tls.Config
	// credentials are made from tlsConfig.
	credentials credentials.TransportCredentials
	// closed is set by close. Later attempts fail with errClosed.
	closed bool
	// closingConns tracks replaced connections that are being closed.
	closingConns sync.WaitGroup
}

// newGRPCClientConn returns a connection for the OTLP client, and a function that closes
// everything.
// The returned connection is never opened: its interceptor sends each request on the
// current connection of a grpcSender, which can be replaced.
func (o *Collector) newGRPCClientConn() (*grpc.ClientConn, func() error, error) {
	c := &grpcSender{Collector: o, idleTimeout: idleTimeout}
	clientConn, err := grpc.NewClient(o.Target,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(c.intercept))
	if err != nil {
		return nil, nil, err
	}
	return clientConn, func() error { return errors.Join(clientConn.Close(), c.close()) }, nil
}

// intercept makes one attempt on the current connection.
func (c *grpcSender) intercept(ctx context.Context, method string, request, reply any, _ *grpc.ClientConn, _ grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if r, ok := dryRunFromContext(ctx); ok {
		return r.captureGRPC(request)
	}
	err := c.callHedged(ctx, method, request, reply, options...)
	c.Destination.Attempts.Failed(ctx, c.explainAttemptError(err))
	return err
}

// callHedged makes one attempt, or two concurrent attempts while a flush waits.
func (c *grpcSender) callHedged(ctx context.Context, method string, request, reply any, options ...grpc.CallOption) error {
	message, ok := reply.(proto.Message)
	if !ok {
		return c.attempt(ctx, method, request, reply, options...)
	}
	answer, err := hedge.Do(ctx, c.Urgency, func(ctx context.Context) (proto.Message, error) {
		answer := message.ProtoReflect().New().Interface()
		return answer, c.attempt(ctx, method, request, answer, options...)
	}, c.reconnect)
	if err == nil {
		proto.Merge(message, answer)
	}
	return err
}

// attempt makes one attempt within the timeout of an attempt, with the current headers.
func (c *grpcSender) attempt(ctx context.Context, method string, request, reply any, options ...grpc.CallOption) error {
	ctx, cancel := c.attemptContext(ctx)
	defer cancel()
	headers, err := c.attemptHeaders(ctx)
	if err != nil {
		return status.Error(codes.Unavailable, err.Error())
	}
	if len(headers) > 0 {
		ctx = withMetadata(ctx, headers)
	}
	conn, err := c.connection()
	if err != nil {
		return status.Error(codes.Unavailable, err.Error())
	}
	err = conn.Invoke(ctx, method, request, reply, append(options, grpc.MaxCallRecvMsgSize(grpcAnswerLimit))...)
	switch code := status.Code(err); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), code == codes.DeadlineExceeded,
		code == codes.Unavailable && conn.GetState() != connectivity.Ready:
		c.discard(conn)
	case code == codes.OutOfRange && exporterror.Classify(err, false).ErrorType == exporterror.TooLarge:
		// Some servers return OutOfRange for a message that is too large. Replace that
		// code, because the exporters would retry it.
		err = status.Error(codes.ResourceExhausted, status.Convert(err).Message())
	case code == codes.ResourceExhausted && strings.Contains(err.Error(), answerTooLargeText):
		err = status.Error(codes.Internal, exporterror.ErrLargeAnswer.Error())
	}
	return err
}

// withMetadata returns ctx with headers added as outgoing metadata. A header replaces
// metadata with the same name.
func withMetadata(ctx context.Context, headers map[string]string) context.Context {
	all, _ := metadata.FromOutgoingContext(ctx)
	all = all.Copy()
	for name, value := range headers {
		all.Set(name, value)
	}
	return metadata.NewOutgoingContext(ctx, all)
}

// connection returns the current connection. It makes a new one if there is
// none or the certificates have changed.
func (c *grpcSender) connection() (*grpc.ClientConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClosed
	}
	security := insecure.NewCredentials()
	if c.TLS != nil {
		config, err := c.TLS.Load()
		if config == nil {
			return nil, err
		}
		if c.tlsConfig != config {
			c.closeInBackground()
			c.tlsConfig, c.credentials = config, credentials.NewTLS(config)
		}
		security = c.credentials
	}
	if c.currentConn != nil {
		return c.currentConn, nil
	}
	reconnect := backoff.DefaultConfig
	reconnect.MaxDelay = maxRedialInterval
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(security),
		grpc.WithDefaultServiceConfig(roundRobinConfig),
		grpc.WithUserAgent("OTel-OTLP-Exporter-Go/" + otlptrace.Version()),
		grpc.WithIdleTimeout(c.idleTimeout),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: minConnectTimeout}),
	}
	if c.Gzip {
		options = append(options, grpc.WithDefaultCallOptions(grpc.UseCompressor(gzip.Name)))
	}
	conn, err := grpc.NewClient(c.Target, options...)
	c.currentConn = conn
	return conn, err
}

// discard closes conn, unless it was already replaced.
func (c *grpcSender) discard(conn *grpc.ClientConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.currentConn == conn {
		c.closeInBackground()
	}
}

// reconnect makes the next attempt use a new connection. The old one stays open for
// the attempt in progress until release is called.
func (c *grpcSender) reconnect() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn := c.currentConn
	if conn == nil {
		return func() {}
	}
	c.currentConn = nil
	unused := make(chan struct{})
	c.closingConns.Go(func() {
		<-unused
		_ = conn.Close()
	})
	return func() { close(unused) }
}

// closeInBackground closes the connection in the background, because closing may take
// seconds if nothing can be written. The caller holds mu.
func (c *grpcSender) closeInBackground() {
	if conn := c.currentConn; conn != nil {
		c.closingConns.Go(func() { _ = conn.Close() })
		c.currentConn = nil
	}
}

// close closes the connection, and waits for replaced connections that are being closed.
func (c *grpcSender) close() error {
	c.mu.Lock()
	c.closed = true
	conn := c.currentConn
	c.currentConn = nil
	c.mu.Unlock()
	var err error
	if conn != nil {
		err = conn.Close()
	}
	c.closingConns.Wait()
	return err
}
