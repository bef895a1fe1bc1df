package bench

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
)

// vendorCollector accepts what Sentry's and New Relic's SDKs send. It does as
// much as an SDK needs to go on.
type vendorCollector struct {
	server *httptest.Server
	// transactions counts Sentry's.
	transactions atomic.Int64
}

func newVendorCollector() *vendorCollector {
	c := new(vendorCollector)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/1/envelope/", c.sentry)
	mux.HandleFunc("POST /agent_listener/invoke_raw_method", c.newRelic)
	c.server = httptest.NewServer(mux)
	return c
}

func (c *vendorCollector) addr() string { return c.server.Listener.Addr().(*net.TCPAddr).String() }

// sentry reads an envelope.
func (c *vendorCollector) sentry(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		decompressed, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = decompressed
	}
	envelope, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The header of an item is a line of its own.
	c.transactions.Add(int64(bytes.Count(envelope, []byte("\n{\"type\":\"transaction\""))))
	_, _ = io.WriteString(w, "{}") // the client's loss
}

// newRelic answers a method of New Relic's agents.
func (c *vendorCollector) newRelic(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // not read further
	answer := `{"return_value":null}`
	switch r.URL.Query().Get("method") {
	case "preconnect":
		answer = `{"return_value":{"redirect_host":"` + r.Host + `"}}`
	case "connect":
		answer = `{"return_value":{"agent_run_id":"1","account_id":"1","trusted_account_key":"1","primary_application_id":"1",` +
			`"apdex_t":0.5,"collect_analytics_events":true,"collect_span_events":true,"collect_traces":true,"collect_errors":true,"collect_error_events":true,` +
			`"sampling_target":10,"sampling_target_period_in_seconds":60}}`
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, answer) // the client's loss
}
