package mutant

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/samespan/samespan/core"
)

// allowedFlushVariants are the allowed variants for the checks flush/*.
var allowedFlushVariants = []allowedVariant{
	{
		// 143 is 128 plus the number of SIGTERM. A JVM ends with this exit status, and a
		// shell reports it for a program that SIGTERM has ended.
		Mutant: Mutant{Name: "ends-with-143", Serve: func(ctx context.Context, tel *core.Telemetry, server core.Server) error {
			err := tel.Serve(ctx, server)
			if err == nil {
				os.Exit(143)
			}
			return err
		}},
		mustPass: []string{
			"flush/sigterm", "flush/in-flight", "flush/background", "flush/cancelled", "flush/idempotent", "flush/two-servers",
			"flush/refused", "flush/black-hole", "flush/overflow", "flush/refused-answer", "flush/too-large",
		},
	},
	{
		// Fastify, for example, accepts at most 100 characters in a parameter by default.
		Mutant:   Mutant{Name: "refuses-long-parameters", Serve: serveWrapped(refuseLongParameters)},
		mustPass: []string{"flush/too-large", "trust/size"},
	},
	{
		// The service has an access log even without instrumentation, so the checks must not
		// blame the instrumentation for the log.
		Mutant:   Mutant{Name: "logs-requests-of-its-own", Serve: serveWrapped(logRequests)},
		mustPass: []string{"flush/overflow", "flush/refused", "error/hook", "transparent/response"},
	},
	{
		// Log libraries write the trace and the span into each entry.
		Mutant:   Mutant{Name: "logs-requests-with-their-spans", Inner: logRequestsWithSpans},
		mustPass: []string{"flush/overflow", "flush/refused"},
	},
	{
		// The service sets a header whose value differs for each response, even without
		// instrumentation. So the checks must not blame the instrumentation for the
		// difference.
		Mutant:   Mutant{Name: "numbers-its-answers", Serve: serveWrapped(addRequestID)},
		mustPass: []string{"flush/after", "transparent/response", "transparent/rewrite", "trust/size"},
	},
	{
		// The error pages of some frameworks have the time or an id, even without
		// instrumentation.
		Mutant:   Mutant{Name: "numbers-its-error-pages", Serve: serveWrapped(numberErrorPages)},
		mustPass: []string{"flush/after", "transparent/response"},
	},
	{
		// Frameworks write times of whole seconds into headers and error pages.
		Mutant:   Mutant{Name: "tells-the-second-of-its-answers", Serve: serveWrapped(addSecond)},
		mustPass: []string{"flush/after", "transparent/response", "trust/size"},
	},
	{
		// The page of a rewritten request is an error page too.
		Mutant:   Mutant{Name: "numbers-every-404", Serve: serveWrapped(numberNotFound)},
		mustPass: []string{"transparent/rewrite"},
	},
	{
		// Many servers process each request in a thread of a small pool.
		Mutant:   Mutant{Name: "serves-few-requests-at-a-time", Serve: serveWrapped(limitConcurrency)},
		mustPass: []string{"flush/in-flight"},
	},
	{
		// A service may have more spans for a request than the contract says, so it also loses
		// more spans.
		Mutant:   Mutant{Name: "has-a-span-for-a-middleware", Instrument: observeMiddleware},
		mustPass: []string{"flush/refused", "flush/overflow"},
	},
	{
		Mutant: Mutant{Name: "refuses-bytes-that-are-no-text", Serve: serveWrapped(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				texts := []string{r.URL.Path, r.URL.RawQuery, r.Host, r.UserAgent(), r.Header.Get("X-Hostile"), r.Header.Get("X-Forwarded-For")}
				for _, text := range texts {
					if !utf8.ValidString(text) {
						http.Error(w, "no UTF-8", http.StatusBadRequest)
						return
					}
				}
				next.ServeHTTP(w, r)
			})
		})},
		mustPass: []string{"flush/hostile-bytes", "trust/client-address"},
	},
}

// refuseLongParameters answers 414 to a request for /process/{item_id} with a long item_id.
func refuseLongParameters(next http.Handler) http.Handler {
	const longest = 100
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if item, ok := strings.CutPrefix(r.URL.Path, "/process/"); ok && len(item) > longest {
			w.WriteHeader(http.StatusRequestURITooLong)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// numberErrorPages answers requests for unknown pages with a different body each time.
func numberErrorPages(next http.Handler) http.Handler {
	var errorPages atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/nothing") {
			http.Error(w, "no such page, error "+strconv.FormatInt(errorPages.Add(1), 10), http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// addSecond adds to each response when it expires, and the current time to the error pages of
// unknown pages.
func addSecond(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now().UTC()
		w.Header().Set("Expires", now.Add(time.Hour).Format(http.TimeFormat))
		if strings.HasPrefix(r.URL.Path, "/nothing") {
			http.Error(w, "no such page, server time: "+now.Format(time.RFC1123Z), http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// numberNotFound appends a different text to each response with the status 404: the id of the
// process and a number.
func numberNotFound(next http.Handler) http.Handler {
	var errorPages atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := &notFoundWriter{unwrapOnlyWriter: unwrapOnlyWriter{w}}
		next.ServeHTTP(page, r)
		if page.isNotFound {
			_, _ = fmt.Fprintf(w, "error %d-%d", os.Getpid(), errorPages.Add(1))
		}
	})
}

// notFoundWriter notes that the status of a response is 404.
type notFoundWriter struct {
	unwrapOnlyWriter
	isNotFound bool
}

func (w *notFoundWriter) WriteHeader(status int) {
	if status == http.StatusNotFound {
		w.isNotFound = true
		w.Header().Del("Content-Length")
	}
	w.ResponseWriter.WriteHeader(status)
}

// limitConcurrency lets a few requests run at the same time. Others wait.
func limitConcurrency(next http.Handler) http.Handler {
	threads := make(chan struct{}, 5)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		threads <- struct{}{}
		defer func() { <-threads }()
		next.ServeHTTP(w, r)
	})
}
