package core_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log" //nolint:depguard // the examples show code of a main program
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/samespan/samespan/core"
)

// The application and its administration are two servers that stop together.
func ExampleTelemetry_Serve_severalServers() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		log.Fatal(err)
	}
	app := &http.Server{Addr: ":8080", Handler: http.NotFoundHandler()}
	admin := &http.Server{Addr: "127.0.0.1:9090", Handler: http.DefaultServeMux}
	if err := tel.Serve(ctx, app, admin); err != nil {
		log.Fatal(err)
	}
}

// A service that starts its servers in separate goroutines calls Serve once
// for each server. Every call returns when the telemetry is shut down. The README shows
// the same with an errgroup.Group of golang.org/x/sync.
func ExampleTelemetry_Serve_goroutines() {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		return
	}
	var group sync.WaitGroup
	for _, server := range []*http.Server{{Addr: ":8080"}, {Addr: "127.0.0.1:9090"}} {
		group.Go(func() {
			if err := tel.Serve(ctx, server); err != nil {
				cancel(err) // stops the other server
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		slog.Error("the service has not ended well", "error", err)
	}
}

// For TLS, set the certificates of the server: here from two files that are
// read again for every connection. The README shows the same with an
// autocert.Manager of golang.org/x/crypto.
func ExampleTelemetry_Serve_tLS() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: ":8443", TLSConfig: &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			certificate, err := tls.LoadX509KeyPair("server.crt", "server.key")
			return &certificate, err
		},
	}}
	if err := tel.Serve(ctx, server); err != nil {
		log.Fatal(err)
	}
}

// HTTP/2 without TLS is a setting of the server.
func ExampleTelemetry_Serve_h2c() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		log.Fatal(err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	if err := tel.Serve(ctx, &http.Server{Addr: ":8080", Protocols: protocols}); err != nil {
		log.Fatal(err)
	}
}

// OnListener makes a service listen on a Unix socket.
func ExampleOnListener() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("unix", "/run/orders/http.sock")
	if err != nil {
		log.Fatal(err)
	}
	if err := tel.Serve(ctx, core.OnListener(&http.Server{Handler: http.NotFoundHandler()}, listener)); err != nil {
		log.Fatal(err)
	}
}

// systemd opens the socket and passes it as file descriptor 3, so that no
// connection is refused while the service restarts.
func ExampleOnListener_systemd() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		log.Fatal(err)
	}
	if pid, err := strconv.Atoi(os.Getenv("LISTEN_PID")); err != nil || pid != os.Getpid() || os.Getenv("LISTEN_FDS") != "1" {
		log.Fatal("systemd has passed no socket on: start the service by its socket unit")
	}
	listener, err := net.FileListener(os.NewFile(3, "http"))
	if err != nil {
		log.Fatal(err)
	}
	if err := tel.Serve(ctx, core.OnListener(&http.Server{Handler: http.NotFoundHandler()}, listener)); err != nil {
		log.Fatal(err)
	}
}

// The application handles signals: SIGHUP stops the service as SIGTERM does.
func ExampleWithoutSignals() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithoutSignals())
	if err != nil {
		slog.Error("telemetry cannot be set up", "error", err)
		return
	}
	if err := tel.Serve(ctx, &http.Server{Addr: ":8080"}); err != nil {
		slog.Error("the service has not ended well", "error", err)
	}
}

// Server-sent events end when the client disconnects or the service is told to stop.
// Otherwise they would delay the shutdown until the grace period is over.
func ExampleTelemetry_Draining_events() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		events := time.NewTicker(time.Second)
		defer events.Stop()
		for {
			select {
			case now := <-events.C:
				fmt.Fprintf(w, "data: %s\n\n", now.Format(time.RFC3339))
				if err := http.NewResponseController(w).Flush(); err != nil {
					return
				}
			case <-r.Context().Done():
				return
			case <-tel.Draining():
				return
			}
		}
	})
	http.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-tel.Draining():
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
		}
	})
	if err := tel.Serve(ctx, &http.Server{Addr: ":8080"}); err != nil {
		log.Fatal(err)
	}
}

// A platform such as AWS Lambda freezes a function after each invocation, so
// the function exports its telemetry before it returns.
func ExampleTelemetry_ForceFlush() {
	tel, err := core.Setup(context.Background(), core.WithServiceName("resize"))
	if err != nil {
		log.Fatal(err)
	}
	tracer := tel.TracerProvider().Tracer("resize")
	// Pass the handler to lambda.Start of github.com/aws/aws-lambda-go.
	handler := func(ctx context.Context, image string) (string, error) {
		defer func() {
			// Only log the loss: lost telemetry is no reason to fail the
			// invocation.
			if err := tel.ForceFlush(ctx); errors.Is(err, core.ErrLost) {
				log.Print(err)
			}
		}()
		_, span := tracer.Start(ctx, "resize")
		defer span.End()
		return image + ".small", nil
	}
	_ = handler
}

// http3Server is a server for HTTP/3 that Serve can run, such as *http3.Server
// of github.com/quic-go/quic-go, which has these methods.
type http3Server interface {
	ListenAndServe() error
	Shutdown(ctx context.Context) error
	Close() error
}

// A server for HTTP/3 runs together with a TCP server. The responses of the TCP server
// advertise HTTP/3.
func ExampleTelemetry_Serve_hTTP3() {
	serve := func(ctx context.Context, tel *core.Telemetry, quic http3Server, tcp *http.Server) error {
		return tel.Serve(ctx, quic, tcp)
	}
	_ = serve
}
