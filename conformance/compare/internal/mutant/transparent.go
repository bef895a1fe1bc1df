package mutant

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// transparentMutants are the mutants that break the checks transparent/*.
var transparentMutants = []Mutant{
	{
		Name: "adds-a-header", Breaks: []string{"transparent/response", "trust/size"},
		Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Observed-By", "mutant")
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		// The service itself prints a long stack trace for each request.
		Name: "prints-among-long-stacks", Breaks: []string{"transparent/response"},
		Serve: serveWrapped(printStacks), Inner: logRequests,
	},
	{
		Name: "hides-what-the-writer-offers", Breaks: []string{"transparent/writer"},
		Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(unwrapOnlyWriter{w}, r) })
		},
	},
	{
		Name: "routes-by-what-was-sent", Breaks: []string{"transparent/rewrite"},
		Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
					r.URL = sent
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "ends-a-stream-with-its-head", Breaks: []string{"transparent/stream"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "url.path") == "/held" {
				s.EndTimeUnixNano = s.GetStartTimeUnixNano() + 1
			}
		}),
	},
	{
		// The start of the span may be given in another unit, or by a clock that starts with the
		// process.
		Name: "starts-its-spans-in-1970", Breaks: []string{"transparent/stream"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "url.path") == "/held" {
				s.StartTimeUnixNano = 1
			}
		}),
	},
	{
		Name: "holds-a-stream-back", Breaks: []string{"transparent/stream"},
		Inner: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/held" {
					w = noFlushWriter{unwrapOnlyWriter{w}}
				}
				next.ServeHTTP(w, r)
			})
		},
	},
	{
		Name: "takes-an-upgrade-for-an-error", Breaks: []string{"transparent/upgrade"},
		Traces: changeServerSpans(func(s *tracepb.Span) {
			if stringAttribute(s.GetAttributes(), "url.path") == "/upgrade" {
				s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
			}
		}),
	},
	{
		Name: "leaves-uploads-on-disk", Breaks: []string{"transparent/multipart"},
		Outer: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/upload" {
					next.ServeHTTP(w, r)
					return
				}
				// net/http's server removes only the temporary files of its own Request
				// value. The files of this clone therefore remain until the mutant removes
				// them.
				form := r.Clone(r.Context())
				forwardRequest(next, w, r, form)
				time.AfterFunc(3*time.Second, func() {
					if form.MultipartForm != nil {
						_ = form.MultipartForm.RemoveAll()
					}
				})
			})
		},
	},
}

// unwrapOnlyWriter is a response writer without optional interfaces, except Unwrap.
type unwrapOnlyWriter struct{ http.ResponseWriter }

func (h unwrapOnlyWriter) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// noFlushWriter is a writer that ignores flushes.
type noFlushWriter struct{ unwrapOnlyWriter }

func (noFlushWriter) FlushError() error { return nil }

// printStacks prints a line and a long stack trace for each request.
func printStacks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(os.Stderr, "cannot serve %s\n%s", r.URL.Path, strings.Repeat("\tat com.example.Service.handle(Service.java:12)\n", 40))
		next.ServeHTTP(w, r)
	})
}
