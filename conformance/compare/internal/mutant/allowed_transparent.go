package mutant

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// allowedTransparentVariants are the allowed variants for the checks transparent/*.
var allowedTransparentVariants = []allowedVariant{
	{
		// An outer middleware has a writer with fewer interfaces, whether or not the
		// service is instrumented.
		Mutant: Mutant{Name: "has-a-writer-of-its-own-outside", Serve: serveWrapped(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(unwrapOnlyWriter{w}, r) })
		})},
		mustPass: []string{"transparent/writer"},
	},
	{
		Mutant:   Mutant{Name: "has-a-span-that-ends-before-the-stream", Instrument: observeMiddleware},
		mustPass: []string{"transparent/stream"},
	},
	{
		// OpenTelemetry for JavaScript rounds the start of a span down to milliseconds and adds
		// the exact duration, so the end is early too. The clock of a virtual machine may also
		// differ a little from that of the suite.
		Mutant:   Mutant{Name: "has-a-clock-that-is-a-little-behind", Serve: serveWrapped(noteStreamRelease), Traces: changeServerSpans(endStreamEarly)},
		mustPass: []string{"transparent/stream"},
	},
	{
		// The clock of a container or of another machine may differ much from that of the suite.
		Mutant: Mutant{Name: "has-a-clock-that-is-an-hour-behind", Traces: changeServerSpans(func(s *tracepb.Span) {
			s.StartTimeUnixNano -= uint64(time.Hour)
			s.EndTimeUnixNano -= uint64(time.Hour)
		})},
		mustPass: []string{"transparent/stream"},
	},
	{
		Mutant: Mutant{Name: "takes-an-upgrade-for-a-success", Traces: changeServerSpans(func(s *tracepb.Span) {
			if statusCode(s) == http.StatusSwitchingProtocols {
				s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_OK}
			}
		})},
		mustPass: []string{"transparent/upgrade"},
	},
	{
		// Hono, for example, sends its headers in another way if a middleware has read them. Neither
		// the case of a header's name nor the order of the headers has a meaning.
		Mutant:   Mutant{Name: "writes-a-header-name-in-lower-case", Outer: lowerHeaderName},
		mustPass: []string{"transparent/response"},
	},
	{
		// Some services send the id of the process or of the container, even without
		// instrumentation.
		Mutant: Mutant{Name: "sends-its-process-id", Serve: serveWrapped(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Process", strconv.Itoa(os.Getpid()))
				next.ServeHTTP(w, r)
			})
		})},
		mustPass: []string{"transparent/response", "trust/size"},
	},
	{
		Mutant:   Mutant{Name: "keeps-uploads-in-memory", Serve: serveWrapped(handleUploadInMemory)},
		mustPass: []string{"transparent/multipart"},
	},
}

// allowedTrustVariants are the allowed variants that differ in what they trust: headers of
// proxies, and sizes.
var allowedTrustVariants = []allowedVariant{
	{
		// The conventions mention Forwarded before X-Forwarded-*, but only as examples.
		Mutant: Mutant{Name: "prefers-X-Forwarded-to-Forwarded", Outer: changeRequestHeaders(func(r *http.Request) {
			if r.Header.Get("X-Forwarded-For") != "" {
				r.Header.Del("Forwarded")
			}
		})},
		mustPass: []string{"trust/client-address"},
	},
	{
		// The conventions do not define which proxies are trusted.
		Mutant:   Mutant{Name: "reads-what-any-proxy-wrote", Options: []core.Option{core.WithTrustedProxies("0.0.0.0/0")}},
		mustPass: []string{"span/attributes"},
	},
	{
		Mutant:   Mutant{Name: "says-more-on-its-spans", Traces: changeServerSpans(addOptionalTelemetry)},
		mustPass: []string{"trust/public", "trust/secrets"},
	},
	{
		// Some frameworks send the times of their parts, for the developer tools of browsers.
		// Baggage without secrets may go to the next service.
		Mutant: Mutant{Name: "sends-times-and-baggage", Serve: serveWrapped(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Add("Baggage", "vendor=1")
				w.Header().Set("Server-Timing", "db;dur=53, app;dur=47.2")
				next.ServeHTTP(w, r)
			})
		})},
		mustPass: []string{"trust/secrets"},
	},
	{
		// The log records are written by the application and not by the instrumentation,
		// so the check must ignore them.
		Mutant: Mutant{Name: "exports-an-access-log", Env: []string{"OTEL_BLRP_SCHEDULE_DELAY=1"}, Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			log := slog.New(tel.LogHandler("orders", nil))
			return serveWrapped(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					log.InfoContext(r.Context(), "request", "target", r.RequestURI, "referer", r.Referer())
					next.ServeHTTP(w, r)
				})
			})(ctx, tel, server)
		}},
		mustPass: []string{"trust/secrets"},
	},
	{
		Mutant: Mutant{Name: "cuts-attributes-short", Traces: changeServerSpans(func(s *tracepb.Span) {
			for _, key := range []string{"url.path", "user_agent.original"} {
				if value := stringAttribute(s.GetAttributes(), key); len(value) > 200 {
					s.Attributes = withAttribute(s.GetAttributes(), key, value[:200]+"...")
				}
			}
		})},
		mustPass: []string{"trust/size"},
	},
}

// logRequests prints a line for each request.
func logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(os.Stderr, r.Method, r.URL.Path)
		next.ServeHTTP(w, r)
	})
}

// logRequestsWithSpans prints a line for each request, with the ids of its trace and its span.
func logRequestsWithSpans(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		span := trace.SpanContextFromContext(r.Context())
		fmt.Fprintf(os.Stderr, "%s %s trace_id=%s span_id=%s\n", r.Method, r.URL.Path, span.TraceID(), span.SpanID())
		next.ServeHTTP(w, r)
	})
}

// observeMiddleware instruments a service with a middleware that has a span of its own for
// each request.
func observeMiddleware(tel *core.Telemetry) func(http.Handler) http.Handler {
	tracer := tel.TracerProvider().Tracer("middleware")
	observe := nethttpotel.Middleware(tel)
	return func(next http.Handler) http.Handler {
		return observe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, span := tracer.Start(r.Context(), "middleware")
			span.End()
			next.ServeHTTP(w, r)
		}))
	}
}

// streamReleaseTime is when the last request for POST /held began, in nanoseconds since 1970.
var streamReleaseTime atomic.Int64

// noteStreamRelease sets streamReleaseTime.
func noteStreamRelease(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/held" {
			streamReleaseTime.Store(time.Now().UnixNano())
		}
		next.ServeHTTP(w, r)
	})
}

// endStreamEarly sets the end of the span of GET /held as if that stream ended at once when it
// was released, and the service's clock was four milliseconds behind.
func endStreamEarly(s *tracepb.Span) {
	if stringAttribute(s.GetAttributes(), "url.path") == "/held" && stringAttribute(s.GetAttributes(), "http.request.method") == http.MethodGet {
		s.EndTimeUnixNano = uint64(streamReleaseTime.Load() - (4 * time.Millisecond).Nanoseconds())
	}
}

// addRequestID adds a unique id to each response.
func addRequestID(next http.Handler) http.Handler {
	var answers atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", strconv.FormatInt(answers.Add(1), 10)+"-"+strconv.Itoa(os.Getpid()))
		next.ServeHTTP(w, r)
	})
}

// handleUploadInMemory handles uploads without writing files.
func handleUploadInMemory(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/upload" {
			next.ServeHTTP(w, r)
			return
		}
		parts, err := r.MultipartReader()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var read int64
		for part, err := parts.NextPart(); err == nil; part, err = parts.NextPart() {
			read += partSize(part)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"files": []string{}, "bytes": read})
	})
}

// partSize reads the part to its end and returns its size.
func partSize(part *multipart.Part) int64 {
	size, _ := io.Copy(io.Discard, part)
	return size
}

// addOptionalTelemetry adds optional telemetry to a server span: an Opt-In attribute,
// attributes that the conventions do not define, an event that is not an exception, and a
// link.
func addOptionalTelemetry(s *tracepb.Span) {
	s.Attributes = withAttribute(withAttribute(s.GetAttributes(), "network.transport", "tcp"), "example.handler", "handle")
	s.Attributes = withIntAttribute(s.GetAttributes(), "client.port", 4711)
	s.Events = append(s.GetEvents(), &tracepb.Span_Event{Name: "routed", TimeUnixNano: s.GetStartTimeUnixNano()})
	s.Links = append(s.GetLinks(), &tracepb.Span_Link{TraceId: bytes.Repeat([]byte{1}, 16), SpanId: bytes.Repeat([]byte{2}, 8)})
}

// lowerHeaderName writes the name of the header X-Content-Type-Options, which net/http sends with
// errors, in lower case. Package net/http sorts headers by name, so their order changes too.
func lowerHeaderName(next http.Handler) http.Handler {
	const name = "X-Content-Type-Options"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/nothing/here" {
			w = lowerNameWriter{w, name}
		}
		next.ServeHTTP(w, r)
	})
}

// lowerNameWriter writes the name of one header in lower case.
type lowerNameWriter struct {
	http.ResponseWriter
	name string
}

func (w lowerNameWriter) WriteHeader(status int) {
	header := w.Header()
	header[strings.ToLower(w.name)] = header[w.name]
	delete(header, w.name)
	w.ResponseWriter.WriteHeader(status)
}
