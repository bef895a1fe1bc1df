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

// vendorCollector is a server to which Sentry's and New Relic's SDKs export. It implements
// only the part of the vendors' protocols that the SDKs require.
type vendorCollector struct {
	server *httptest.Server
	// transactions is the number of transactions received from Sentry's SDK.
	// process.takeReceived resets it to 0.
	transactions atomic.Int64
}

func newVendorCollector() *vendorCollector {
	c := new(vendorCollector)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/1/envelope/", c.handleSentry)
	mux.HandleFunc("POST /agent_listener/invoke_raw_method", c.handleNewRelic)
	c.server = httptest.NewServer(mux)
	return c
}

// addr returns the address that the server listens on, as host:port.
func (c *vendorCollector) addr() string { return c.server.Listener.Addr().(*net.TCPAddr).String() }

// handleSentry receives an envelope from Sentry's SDK and counts its transactions.
func (c *vendorCollector) handleSentry(w http.ResponseWriter, r *http.Request) {
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
	// Each item of an envelope begins with a header line that has the item's type. So the
	// number of these lines is the number of transactions.
	c.transactions.Add(int64(bytes.Count(envelope, []byte("\n{\"type\":\"transaction\""))))
	_, _ = io.WriteString(w, "{}") // a write error affects only the client
}

// handleNewRelic responds to a method call of New Relic's agent.
func (c *vendorCollector) handleNewRelic(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // the body is not parsed
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
	_, _ = io.WriteString(w, answer) // a write error affects only the client
}
