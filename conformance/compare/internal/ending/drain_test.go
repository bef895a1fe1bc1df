package ending

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
	"github.com/samespan/samespan/core"
)

// TestResponsesCloseConnectionsWhileDraining checks that responses close keep-alive
// connections after the service has received a signal to stop. This includes responses to
// excluded requests. It tests the framework's server and a server of the application's own
// type.
func TestResponsesCloseConnectionsWhileDraining(t *testing.T) {
	collector := otlptest.Start(t)
	var services []*service
	for _, framework := range frameworks {
		for kind, newServer := range map[string]func(*core.Telemetry, string) core.Server{"server": framework.newServer, "own server": framework.newCustomServer} {
			for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
				if protocol == "HTTP/2.0" && !hasUnencryptedHTTP2(newServer(new(core.Telemetry), "")) {
					continue
				}
				for _, path := range []string{"/order", "/excluded"} {
					t.Run(fmt.Sprint(framework.name, " ", kind, " ", protocol, " ", path), func(t *testing.T) {
						services = append(services, checkDrainClosesConnection(t, collector, newServer, protocol, path))
					})
				}
			}
		}
	}
	for _, s := range services {
		if err := s.waitForServeReturn(t); err != nil {
			t.Error(err)
		}
	}
}

// checkDrainClosesConnection checks that a service keeps a client's connection alive until
// the service receives a signal to stop, and closes the connection after the signal. It
// returns the service, which is still running during its drain delay.
func checkDrainClosesConnection(t *testing.T, collector *otlptest.Server, newServer func(*core.Telemetry, string) core.Server, protocol, path string) *service {
	t.Helper()
	var protocols http.Protocols
	protocols.SetHTTP1(protocol == "HTTP/1.1")
	protocols.SetUnencryptedHTTP2(protocol == "HTTP/2.0")
	s := startService(t, withProtocols(newServer, &protocols), collector, core.WithDrainDelay(5*time.Second), core.WithExclude("excluded"))
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	t.Cleanup(client.CloseIdleConnections)
	post := func() (reused bool) {
		t.Helper()
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.addr+path, bytes.NewReader([]byte("1 pear")))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.Proto != protocol {
			t.Fatalf("got %s, want %s", response.Proto, protocol)
		}
		return reused
	}
	post()
	if !post() {
		t.Fatal("the connection was not kept alive")
	}
	s.stop()
	<-s.tel.Draining()
	// The first response after the signal closes the connection. Over HTTP/2 the server
	// closes it with a GOAWAY frame, which may arrive after the response.
	post()
	for deadline := time.Now().Add(3 * time.Second); post(); {
		if protocol == "HTTP/1.1" || time.Now().After(deadline) {
			t.Error("the connection is still kept alive")
			break
		}
	}
	return s
}
