package transparent

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/samespan/samespan/conformance/internal/check"
	"github.com/samespan/samespan/conformance/internal/contract"
	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/wire"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Checks returns the checks of the area "transparent": the application behaves as without
// instrumentation.
func Checks() []check.Check {
	return []check.Check{
		{
			ID:     "transparent/response",
			Level:  check.Choice,
			Rule:   "Status, headers and body of every response are the same as without instrumentation. The case of header names, and the order of headers with different names, may differ, since they have no meaning. If a body contains a stack trace, only its text before the first frame is compared, since the instrumentation adds frames of its own. The service prints no additional output.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Bare},
			Run:    compareResponses,
		},
		{
			ID:     "transparent/writer",
			Level:  check.Choice,
			Rule:   "The response writer supports what it supports without instrumentation, over HTTP/1.1 and HTTP/2: flushing, hijacking, ReadFrom, push and http.ResponseController.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Bare, contract.ResponseWriter},
			Run:    compareWriters,
		},
		{
			ID:    "transparent/rewrite",
			Level: check.Choice,
			Rule: "A middleware, outside or inside the instrumentation, may change the method and path before the request is routed. This has the same effect as without " +
				"instrumentation.",
			Source: "bug reports of other instrumentations",
			Needs:  []contract.Capability{contract.Bare, contract.Rewrite},
			Run:    compareRewritten,
		},
		{
			ID:     "transparent/stream",
			Level:  check.Choice,
			Rule:   "The first event of a stream reaches the client before the handler returns. The span lasts until the end of the body, and not longer than the request.",
			Source: "bug reports of other instrumentations",
			Run:    checkStream,
		},
		{
			ID:     "transparent/upgrade",
			Level:  check.Choice,
			Rule:   "A handler can answer 101 and take over the connection, as without instrumentation. The request has one span, with the status code 101, which is not an Error.",
			Source: "bug reports of other instrumentations; RFC 9110, section 7.8, which defines the change of protocols",
			Run:    checkUpgrade,
		},
		{
			ID:     "transparent/multipart",
			Level:  check.Choice,
			Rule:   "The temporary files of an upload are removed after the response.",
			Source: "bug reports of other instrumentations; net/http, Request.MultipartForm",
			Run:    checkMultipart,
		},
	}
}

// endTimeout limits how long a stream may take to end after POST /held.
const endTimeout = 10 * time.Second

// checkStream checks that the first event of a stream reaches the client before the
// handler returns, and that the server span ends with the response. The handler of GET
// /held waits after the first event until POST /held is sent.
func checkStream(p *probe.Probe) {
	began := time.Now()
	t := p.Talk(wire.Get("/held"))
	letGo := func() { p.SendAs(wire.Request{Method: "POST", Target: "/held"}) }
	firstEvent := make(chan error, 1)
	var received time.Time // when the first event had arrived
	go func() {
		err := t.Head()
		if err == nil {
			event := make([]byte, len(contract.FirstEvent))
			if _, err = io.ReadFull(t.Body, event); err == nil && string(event) != contract.FirstEvent {
				err = fmt.Errorf("got a body that begins with %q, want %q", event, contract.FirstEvent)
			}
		}
		received = time.Now()
		firstEvent <- err
	}()
	timer := time.NewTimer(probe.Lateness)
	defer timer.Stop()
	select {
	case err := <-firstEvent:
		if err != nil {
			letGo()
			p.Cannot("the response to GET /held violates CONTRACT.md: %w", err)
		}
	case <-timer.C:
		letGo()
		if bareServiceDelaysStream(p) {
			p.Cannot("the response to GET /held violates CONTRACT.md: even without instrumentation, the first event arrives only after the handler has returned")
		}
		p.Problem("first event of a stream while the handler is running", "none within "+probe.Lateness.String(), "the event")
		return
	}
	p.Settle()
	if t.GoesOn() {
		letGo()
		p.Cannot("the response to GET /held violates CONTRACT.md: it continues or ends after the first event, want it to wait for POST /held")
	}
	p.Equal("server spans before the end of the body", len(probe.OfKind(p.Trace(t.TraceID), otlptest.KindServer)), 0)
	// Leave the stream open for longer than it took to begin, so that the duration of the span
	// shows whether the span lasted that long.
	const margin = 20 * time.Millisecond
	p.Within(time.Until(received.Add(received.Sub(began)+margin)), func() bool { return false })
	open := time.Since(received)
	letGo()
	if !t.DrainWithin(endTimeout) {
		p.Cannot("the response to GET /held violates CONTRACT.md: it does not end after POST /held")
	}
	p.Keep(&t.Exchange)
	p.Settle()
	if server, ok := p.SettledServer(t.Exchange); ok {
		// Compare durations and not times, since the clock of the service may differ from that of
		// the suite. The duration may be a little inexact: for example, OpenTelemetry for
		// JavaScript rounds the start of a span down to milliseconds.
		const tolerance = 5 * time.Millisecond
		p.True(server.Duration() >= open-tolerance, "duration of the server span of a stream", probe.Show(server.Duration()),
			"at least "+probe.Show(open)+", the time from the first event to POST /held")
		longest := time.Since(began)
		p.True(server.Duration() <= longest+tolerance, "duration of the server span of a stream", probe.Show(server.Duration()),
			"at most "+probe.Show(longest)+", the time from before the request until the span had arrived")
		p.Equal("status of the span of a stream", server.Status(), otlptest.StatusUnset)
	}
}

// bareServiceDelaysStream reports whether the first event of a stream is also delayed by
// the service without instrumentation. It returns false if the suite cannot start the
// service without instrumentation.
func bareServiceDelaysStream(p *probe.Probe) (delayed bool) {
	onBareService(p, func() {
		t := p.Talk(wire.Get("/held"))
		_ = t.Conn.SetReadDeadline(time.Now().Add(probe.Lateness))
		delayed = t.Head() != nil
		if !delayed {
			_, err := io.ReadFull(t.Body, make([]byte, len(contract.FirstEvent)))
			delayed = err != nil
		}
		p.SendAs(wire.Request{Method: http.MethodPost, Target: "/held"})
	})
	return delayed
}

// onBareService calls f with the service started without its instrumentation. It does
// nothing if the suite cannot start the service in this way.
func onBareService(p *probe.Probe, f func()) {
	if p.Has(contract.Bare) && !p.IsRunning() {
		p.With([]string{contract.BareService}, f)
	}
}

// requestUpgrade requests an upgrade to the protocol of GET /upgrade.
func requestUpgrade(p *probe.Probe) (*probe.Talk, error) {
	t := p.Talk(wire.Get("/upgrade", "Connection: Upgrade", "Upgrade: echo"))
	err := t.Head()
	p.Keep(&t.Exchange)
	return t, err
}

// checkUpgrade upgrades a connection and checks that the service echoes a message on it.
func checkUpgrade(p *probe.Probe) {
	t, err := requestUpgrade(p)
	if t.Response.Status != http.StatusSwitchingProtocols {
		switches := false
		onBareService(p, func() {
			without, _ := requestUpgrade(p)
			switches = without.Response.Status == http.StatusSwitchingProtocols
		})
		if !switches {
			p.Cannot("the response to GET /upgrade with Upgrade: echo violates CONTRACT.md: got status %d%s, want 101, or 501 if the service does not support upgrades",
				t.Response.Status, probe.Because(err))
		}
		p.Problem("response status of an upgrade", fmt.Sprintf("%d%s", t.Response.Status, probe.Because(err)), "101, as without instrumentation")
		return
	}
	const message = "hello\n"
	_, err = t.Conn.Write([]byte(message))
	line := ""
	if err == nil {
		line, err = t.Reader.ReadString('\n')
	}
	p.True(err == nil && line == message, "echoed message on the upgraded connection", probe.Show(line)+" "+fmt.Sprint(err), probe.Show(message))
	t.Drain()
	p.Settle()
	if server, ok := p.SettledServer(t.Exchange); ok {
		p.True(server.Status() != otlptest.StatusError, "status of the span of an upgrade", string(server.Status()), "a status other than error")
		p.Attribute(server, "http.response.status_code", int64(101))
	}
}

// checkMultipart checks that the temporary files of an upload are removed after the
// response, as they are without instrumentation.
func checkMultipart(p *probe.Probe) {
	files := uploadAndFindLeftovers(p)
	if len(files) == 0 {
		return
	}
	staysOnBare, isKnown := false, false
	onBareService(p, func() { staysOnBare, isKnown = len(uploadAndFindLeftovers(p)) > 0, true })
	if !isKnown {
		p.NotApplicable("the temporary files of an upload remain, and the suite cannot run the service without its instrumentation, to see whether they remain then too")
	}
	if staysOnBare {
		p.NotApplicable("the service does not remove the temporary files of an upload, even without instrumentation")
	}
	for _, file := range files {
		p.Problem("temporary file "+file+" after the response", "not removed", "removed")
	}
}

// uploadAndFindLeftovers uploads a file and returns the temporary files that still exist
// after the response.
func uploadAndFindLeftovers(p *probe.Probe) (files []string) {
	const boundary = "conformance"
	var body bytes.Buffer
	fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.txt\"\r\nContent-Type: text/plain\r\n\r\n", boundary)
	body.WriteString(strings.Repeat("a line of a large file\r\n", 4096))
	fmt.Fprintf(&body, "\r\n--%s--\r\n", boundary)
	x := p.Send(wire.Request{
		Method: "POST", Target: "/upload", Body: body.String(),
		Header: []string{"Content-Type: multipart/form-data; boundary=" + boundary},
	})
	var uploaded struct {
		Files []string `json:"files"`
		Bytes int64    `json:"bytes"`
	}
	p.AnswerJSON(x, &uploaded)
	if len(uploaded.Files) > 0 && p.Subject.PeerHost != "" {
		p.NotApplicable("the suite cannot see the files of a service on another machine")
	}
	for _, file := range uploaded.Files {
		// The service may remove the file shortly after the response.
		removed := p.Within(probe.Lateness, func() bool {
			_, err := os.Stat(file)
			return os.IsNotExist(err)
		})
		if !removed {
			files = append(files, file)
		}
	}
	return files
}
