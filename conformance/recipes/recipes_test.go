package recipes

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/coder/websocket"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"gorm.io/gorm"
	gormtests "gorm.io/gorm/utils/tests"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// waitTimeout limits how long a test waits for anything.
const waitTimeout = 30 * time.Second

// setUp sets up telemetry that exports to a receiver.
func setUp(t *testing.T) (*core.Telemetry, *otlptest.Server) {
	t.Helper()
	collector := otlptest.Start(t)
	for _, variable := range collector.Env() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	tel, err := core.Setup(t.Context(), core.WithServiceName("orders"), core.WithExclude("healthz"), core.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tel.Shutdown(context.WithoutCancel(t.Context())) })
	return tel, collector
}

// TestOutgoingCallsRecordSpans checks that each recipe for outgoing calls records a span
// in the trace of a request and of a background task, and none in an excluded request.
func TestOutgoingCallsRecordSpans(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *core.Telemetry) func(context.Context){
		"database/sql": func(t *testing.T, tel *core.Telemetry) func(context.Context) {
			t.Helper()
			db, err := SQL(tel, "empty", "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			return func(ctx context.Context) {
				rows, err := db.QueryContext(ctx, "SELECT 1")
				if err != nil {
					t.Error(err)
					return
				}
				_ = rows.Close()
			}
		},
		"pgx": func(t *testing.T, tel *core.Telemetry) func(context.Context) {
			t.Helper()
			pool, err := Pgx(t.Context(), tel, "postgres://127.0.0.1:1/orders?connect_timeout=1") // nothing listens there
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pool.Close)
			return func(ctx context.Context) { _ = pool.Ping(ctx) }
		},
		"gorm": func(t *testing.T, tel *core.Telemetry) func(context.Context) {
			t.Helper()
			db, err := gorm.Open(gormtests.DummyDialector{}, &gorm.Config{DryRun: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := Gorm(tel, db); err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context) {
				var ids []int
				db.WithContext(ctx).Table("orders").Find(&ids)
			}
		},
		"redis": func(t *testing.T, tel *core.Telemetry) func(context.Context) {
			t.Helper()
			client, err := Redis(tel, miniredis.RunT(t).Addr())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = client.Close() })
			if err := client.Ping(t.Context()).Err(); err != nil { // opens the connection before any request
				t.Fatal(err)
			}
			return func(ctx context.Context) {
				if err := client.Set(ctx, "order", 17, 0).Err(); err != nil {
					t.Error(err)
				}
			}
		},
		"HTTP": func(t *testing.T, _ *core.Telemetry) func(context.Context) {
			t.Helper()
			other := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(other.Close)
			client := HTTPClient()
			return func(ctx context.Context) {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, other.URL, http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				if response, err := client.Do(request); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
			}
		},
		"gRPC": func(t *testing.T, tel *core.Telemetry) func(context.Context) {
			t.Helper()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := GRPC{Server: GRPCServer(tel), Listener: listener}
			healthpb.RegisterHealthServer(server.Server, health.NewServer())
			go func() { _ = server.ListenAndServe() }()
			t.Cleanup(func() { _ = server.Shutdown(context.WithoutCancel(t.Context())) })
			conn, err := GRPCClient(tel, listener.Addr().String(), insecure.NewCredentials())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			return func(ctx context.Context) {
				if _, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}); err != nil {
					t.Error(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			tel, collector := setUp(t)
			work := prepare(t, tel)
			if err := tel.ForceFlush(t.Context()); err != nil { // exports the spans of opening the connections
				t.Fatal(err)
			}
			collector.Reset()

			mux := http.NewServeMux()
			mux.HandleFunc("GET /work", func(_ http.ResponseWriter, r *http.Request) { work(r.Context()) })
			mux.HandleFunc("GET /healthz", func(_ http.ResponseWriter, r *http.Request) { work(r.Context()) })
			mux.HandleFunc("GET /later", func(_ http.ResponseWriter, r *http.Request) {
				tel.Go(r.Context(), "later", func(ctx context.Context) error { work(ctx); return nil })
			})
			service := httptest.NewServer(nethttpotel.Middleware(tel)(mux))
			defer service.Close()
			spansOf := func(path string) []otlptest.Span {
				getUntilListening(t, service.URL+path)
				if err := tel.ForceFlush(t.Context()); err != nil {
					t.Fatal(err)
				}
				return collector.Take().Spans()
			}
			if spans := spansOf("/healthz"); len(spans) > 0 {
				t.Errorf("got %d spans of an excluded request, want none: %v", len(spans), spanNames(spans))
			}
			server, below := "", false
			spans := spansOf("/work")
			for _, span := range spans {
				if span.Name() == "GET /work" {
					server = span.SpanID()
				}
			}
			for _, span := range spans {
				below = below || span.ParentID() == server
			}
			if server == "" || !below {
				t.Errorf("got %v of a request, want a span below the server's", spanNames(spans))
			}
			getUntilListening(t, service.URL+"/later")
			ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
			defer cancel()
			if err := tel.Shutdown(ctx); err != nil { // waits for the task
				t.Fatal(err)
			}
			task := ""
			for _, span := range collector.Snapshot().SpansNamed("later") {
				task = span.TraceID()
			}
			if spans := collector.Snapshot().Trace(task); len(spans) < 2 {
				t.Errorf("got %v of a background task, want a span below the task's", spanNames(spans))
			}
		})
	}
}

// spanNames returns the names of the spans.
func spanNames(spans []otlptest.Span) (names []string) {
	for _, span := range spans {
		names = append(names, span.Name())
	}
	return names
}

// TestLoggersLogTraceID checks that each logger logs the id of the trace in the context.
func TestLoggersLogTraceID(t *testing.T) {
	tel, collector := setUp(t)
	ctx, span := tel.TracerProvider().Tracer("orders").Start(t.Context(), "order")
	want := span.SpanContext().TraceID().String()
	var printed bytes.Buffer
	check := func(name string) {
		t.Helper()
		var record map[string]any
		if err := json.Unmarshal(printed.Bytes(), &record); err != nil || record["trace_id"] != want {
			t.Errorf("%s: got %s, %v, want the trace's id %s", name, printed.Bytes(), err, want)
		}
		printed.Reset()
	}
	Zerolog(ctx, &printed)
	check("zerolog")
	logger := logrus.New()
	logger.SetOutput(&printed)
	logger.SetFormatter(&logrus.JSONFormatter{})
	Logrus(ctx, logger)
	check("logrus")

	stdout := zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(&printed), zapcore.DebugLevel)
	ZapOrder(ctx, Zap(tel, stdout))
	check("zap")
	span.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	records := collector.Logs()
	if len(records) != 1 || records[0].TraceID() != want || records[0].Body() != "order placed" {
		t.Errorf("zap: got %d records %v, want one with the trace's id", len(records), records)
	}
}

// getUntilListening repeats a GET request until the server listens, and returns the
// response.
func getUntilListening(t *testing.T, url string) *http.Response {
	t.Helper()
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for end := time.After(waitTimeout); ; {
		response, err := http.Get(url)
		if err == nil {
			t.Cleanup(func() { _ = response.Body.Close() })
			return response
		}
		select {
		case <-retry.C:
		case <-end:
			t.Fatal(err)
		}
	}
}

// TestStreamsEndWhenServiceStops checks that streams end when the service stops, and that
// the collector receives their spans.
func TestStreamsEndWhenServiceStops(t *testing.T) {
	tel, collector := setUp(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	events, messages := make(chan string, 1), make(chan string, 1)
	mux.HandleFunc("GET /events", Events(tel, events))
	mux.HandleFunc("GET /socket", WebSocket(tel, messages))
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- tel.Serve(ctx, core.OnListener(&http.Server{Handler: nethttpotel.Middleware(tel)(mux)}, listener))
	}()
	events <- "one"
	stream := getUntilListening(t, "http://"+listener.Addr().String()+"/events")
	first := make([]byte, len("data: one\n\n"))
	if _, err := io.ReadFull(stream.Body, first); err != nil || string(first) != "data: one\n\n" {
		t.Fatalf("got %q, %v, want the first event", first, err)
	}
	messages <- "two"
	socket, _, err := websocket.Dial(t.Context(), "ws://"+listener.Addr().String()+"/socket", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.CloseNow() }()
	if _, message, err := socket.Read(t.Context()); err != nil || string(message) != "two" {
		t.Fatalf("got %q, %v, want the first message", message, err)
	}
	stop()
	if _, _, err := socket.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("got %v, want the socket closed because the service ends", err)
	}
	select {
	case err := <-served:
		if err != nil {
			t.Errorf("got %v, want a clean end", err)
		}
	case <-time.After(waitTimeout):
		t.Fatal("the streams hold the service up")
	}
	if got := collector.Spans(); len(got) != 2 {
		t.Errorf("got spans %v, want those of the two streams", spanNames(got))
	}
}

// emptyDriver is a database driver whose queries return no rows.
type emptyDriver struct{}

func init() { sql.Register("empty", emptyDriver{}) }

func (emptyDriver) Open(string) (driver.Conn, error) { return emptyConn{}, nil }

// emptyConn is a connection of emptyDriver.
type emptyConn struct{}

func (emptyConn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (emptyConn) Begin() (driver.Tx, error)           { return nil, driver.ErrSkip }
func (emptyConn) Close() error                        { return nil }
func (emptyConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return emptyRows{}, nil
}

// emptyRows is a query result without rows.
type emptyRows struct{}

func (emptyRows) Columns() []string         { return nil }
func (emptyRows) Close() error              { return nil }
func (emptyRows) Next([]driver.Value) error { return io.EOF }
