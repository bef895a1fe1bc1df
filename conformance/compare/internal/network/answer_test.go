package network

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// TestOnlyOTLPResponsesAreSuccesses checks that an export over HTTP succeeds only if the
// response is an OTLP response. With an HTML page it fails, even with status 200.
func TestOnlyOTLPResponsesAreSuccesses(t *testing.T) {
	// A partial success has the same encoding for all signals, so this message is the
	// response to the exports of all signals.
	partial, err := proto.Marshal(&collectorlogs.ExportLogsServiceResponse{
		PartialSuccess: &collectorlogs.ExportLogsPartialSuccess{RejectedLogRecords: 1, ErrorMessage: "quota"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		status            int
		contentType, body string
		wantExported      bool
		wantError         string // part of the errors in the log
	}{
		{http.StatusOK, "", "", true, ""},
		{http.StatusOK, "text/html", "", true, ""},
		{http.StatusNoContent, "", "", true, ""},
		{http.StatusAccepted, "application/json", `{}`, true, ""},
		{http.StatusOK, "application/json; charset=utf-8", ` {"partialSuccess":{}}`, true, ""},
		{http.StatusOK, "application/json", `{"status":"ok"}`, true, ""},
		{http.StatusOK, "application/x-protobuf", "\x0a\x00", true, ""},
		{http.StatusOK, "application/x-protobuf; charset=utf-8", string(partial), false, "quota"},
		{http.StatusOK, "application/x-protobuf", string(partial), false, "quota"},
		{http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Log in</title>", false, "not an OTLP response"},
		{http.StatusOK, "text/plain", "ok", false, "text/plain"},
		{http.StatusOK, "application/json", `"ok"`, false, "not an OTLP response"},
		{http.StatusOK, "application/json", `<html>`, false, "not an OTLP response"},
		{http.StatusOK, "application/x-protobuf", "<html>", false, "not an OTLP response"},
		{http.StatusOK, "application/x-protobuf", "success", true, ""}, // as Alibaba Cloud responds
	} {
		t.Run(fmt.Sprint(test.status, " ", test.contentType, " ", len(test.body)), func(t *testing.T) {
			testExport(t, faultnet.Answer(test.status, test.contentType, test.body), test.wantExported, test.wantError)
		})
	}
	for signal, field := range map[string]string{"traces": "rejectedSpans", "metrics": "rejectedDataPoints", "logs": "rejectedLogRecords"} {
		t.Run("rejected as JSON, "+signal, func(t *testing.T) {
			body := fmt.Sprintf(`{"partialSuccess":{%q:"1","errorMessage":"quota"}}`, field)
			tel := setUpExportTo(t, faultnet.Answer(http.StatusOK, "application/json", body))
			tel.emit(1)
			_ = tel.ForceFlush(t.Context())
			stats := tel.Stats()
			failed := map[string]uint64{"traces": stats.Traces.Failed, "metrics": stats.Metrics.Points.Failed, "logs": stats.Logs.Failed}
			if failed[signal] != 1 {
				t.Errorf("got %v failed, want one of %s", failed, signal)
			}
		})
	}
}

// setUpExportTo returns telemetry that exports over HTTP to a handler.
func setUpExportTo(t *testing.T, handler http.Handler) *testTelemetry {
	t.Helper()
	server, err := faultnet.Serve("127.0.0.1:0", nil, handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return setUp(t, variablesFor(transport{protocol: overHTTP}, server.Addr(), identity{}))
}

// testExport exports one item of each signal to a handler. If wantExported is set, the items
// must be counted as exported. Otherwise they must not be counted as exported, and for each
// signal the log must contain wantError.
func testExport(t *testing.T, handler http.Handler, wantExported bool, wantError string) {
	t.Helper()
	tel := setUpExportTo(t, handler)
	tel.emit(1)
	err := tel.ForceFlush(t.Context())
	stats := tel.Stats()
	for signal, n := range map[string]uint64{"traces": stats.Traces.Exported, "logs": stats.Logs.Exported, "metrics": stats.Metrics.Points.Exported} {
		if (n == 1) != wantExported {
			t.Errorf("%s: got %d exported, want it exported: %t\n%s", signal, n, wantExported, tel.log)
		}
		if !wantExported && strings.Count(tel.log.String(), wantError) < 3 {
			t.Errorf("%s: got in the log\n%s\nwant %q for each signal", signal, tel.log, wantError)
		}
	}
	if wantExported != (err == nil) {
		t.Errorf("got the error %v, want the items exported: %t", err, wantExported)
	}
}

// TestRedirectsToOtherServersAreNotFollowed checks that an export over HTTP or gRPC does
// not follow a redirect to another server.
func TestRedirectsToOtherServersAreNotFollowed(t *testing.T) {
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		for _, protocol := range []string{overHTTP, overGRPC} {
			t.Run(fmt.Sprint(code, " ", strings.ReplaceAll(protocol, "/", " ")), func(t *testing.T) {
				otherHandler := new(countingHandler)
				other, err := faultnet.Serve("127.0.0.1:0", nil, otherHandler)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = other.Close() })
				server, err := faultnet.Serve("127.0.0.1:0", nil, faultnet.Redirect(other.URL()+"/login?secret=1", code))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = server.Close() })
				variables := variablesFor(transport{protocol: protocol}, server.Addr(), identity{})
				variables["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=1"
				tel := setUp(t, variables)
				tel.emit(1)
				if err := tel.ForceFlush(t.Context()); err == nil || tel.Stats().Traces.Failed != 1 || tel.Stats().Logs.Failed != 1 || tel.Stats().Metrics.Failed != 1 {
					t.Errorf("got %v and %+v, want all lost", err, tel.Stats())
				}
				if n := otherHandler.count(); n != 0 {
					t.Errorf("another server got %d requests, want none", n)
				}
				if got := tel.log.String(); !strings.Contains(got, "set OTEL_EXPORTER_OTLP_ENDPOINT to the collector's own") || strings.Contains(got, "secret") && protocol == overHTTP {
					t.Errorf("got in the log\n%s\nwant advice, and nothing of the query", got)
				}
			})
		}
	}
}

// TestRedirectsWithinServerAreFollowed checks that an export follows a redirect to another
// path of the same server, if the status requires that the method and the body stay the
// same: 307 or 308.
func TestRedirectsWithinServerAreFollowed(t *testing.T) {
	for code, wantFollowed := range map[int]bool{
		http.StatusTemporaryRedirect: true, http.StatusPermanentRedirect: true, http.StatusFound: false, http.StatusMovedPermanently: false,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			c := startCollector(t, overHTTP, "127.0.0.1:0", nil)
			mux := http.NewServeMux()
			mux.Handle("/v1/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/in"+r.URL.Path, code)
			}))
			mux.Handle("/in/", c.Server)
			tel := setUpExportTo(t, mux)
			tel.emit(1)
			if err := tel.ForceFlush(t.Context()); (err == nil) != wantFollowed {
				t.Errorf("got the error %v, want the redirect followed: %t", err, wantFollowed)
			}
			if wantFollowed {
				tel.checkArrived(c)
			}
		})
	}
}

// TestLargeErrorPagesAreShortened checks that error pages of several MiB are shortened in
// the log, whether or not the export is retried after the error.
func TestLargeErrorPagesAreShortened(t *testing.T) {
	page := strings.Repeat("<p>sorry</p>\n", 500_000)
	t.Run("refused", func(t *testing.T) {
		tel := setUpExportTo(t, faultnet.Answer(http.StatusBadRequest, "text/html", page))
		tel.emit(1)
		err := tel.ForceFlush(t.Context())
		if err == nil || !strings.Contains(err.Error(), "400 Bad Request") || !strings.Contains(err.Error(), "sorry") {
			t.Errorf("got %.2000v, want the status and the beginning of the page", err)
		}
		if n := len(tel.log.String()) + len(fmt.Sprint(err)); n > 20_000 {
			t.Errorf("got %d bytes of errors, want no whole page in them", n)
		}
	})
	t.Run("sent again", func(t *testing.T) {
		c := startCollector(t, overHTTP, "127.0.0.1:0", nil)
		var asked atomic.Int32
		server, err := faultnet.Serve("127.0.0.1:0", nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) <= 3 {
				faultnet.Answer(http.StatusServiceUnavailable, "text/html", page).ServeHTTP(w, r)
				return
			}
			c.ServeHTTP(w, r)
		}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		tel := setUp(t, variablesFor(transport{protocol: overHTTP}, server.Addr(), identity{}))
		tel.emitAndFlush(1)
		tel.checkArrived(c)
	})
	t.Run("gRPC", func(t *testing.T) {
		c := startCollector(t, overGRPC, "127.0.0.1:0", nil)
		c.SetResponse(func(context.Context, otlptest.Signal) error {
			return status.Error(codes.InvalidArgument, page[:100_000])
		})
		tel := setUp(t, variablesFor(transport{protocol: overGRPC}, c.address, identity{}))
		tel.emit(1)
		err := tel.ForceFlush(t.Context())
		if err == nil || !strings.Contains(err.Error(), "InvalidArgument") || !strings.Contains(err.Error(), "sorry") {
			t.Errorf("got %.2000v, want the code and the beginning of the message", err)
		}
		if n := len(tel.log.String()) + len(fmt.Sprint(err)); n > 20_000 {
			t.Errorf("got %d bytes of errors, want no whole message in them", n)
		}
	})
}
