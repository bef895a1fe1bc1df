package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/otlptest"
)

// ProcessOptions say how long to measure whole processes.
type ProcessOptions struct {
	// Command starts a subject's service when its name is appended, like the
	// command serve.
	Command []string
	// Rounds is how often everything is measured; medians are reported.
	Rounds int
	// Requests is the number of requests to a service in a round.
	Requests int
}

// ProcessRow is the processor time of the whole reference service for one
// request, over real sockets, with its child span and, except for the bare
// service, the export over OTLP/gRPC. In microseconds; medians.
type ProcessRow struct {
	Framework string  `json:"framework"`
	Bare      float64 `json:"bare_us"`
	Ours      float64 `json:"ours_us"`
	// Upstream is 0 if there is no official middleware, and so is ToUpstream,
	// the median ratio of ours to upstream's, and AddedToUpstream, the median
	// ratio of what ours adds to the bare service to what upstream's adds.
	Upstream        float64 `json:"upstream_us,omitempty"`
	ToUpstream      float64 `json:"to_upstream,omitempty"`
	AddedToUpstream float64 `json:"added_to_upstream,omitempty"`
}

// process is a service that is measured.
type process struct {
	variant, subject string
	env              []string
	times            []float64
}

// subjects are the names of ours and of upstream's, if there is one.
var subjects = map[string][2]string{
	"Gin": {"ginotel", "otelgin"}, "Echo": {"echootel", "otelecho"},
	"Fiber": {"fiberotel", "otelfiber"}, "net/http": {"nethttpotel", "otelhttp"},
	"chi": {"nethttpotel-chi", "otelchi"}, "Echo v5": {"echootel/echo5"}, "Fiber v3": {"fiberotel/fiber3"},
}

// MeasureProcesses measures whole processes of the frameworks.
func MeasureProcesses(ctx context.Context, frameworks []string, o ProcessOptions) ([]ProcessRow, error) {
	var variants [][]*process // of each framework, in the order of the constants
	for _, f := range frameworks {
		of := []*process{
			{variant: Bare, subject: subjects[f][0], env: []string{"SAMESPAN_BARE=true"}},
			{variant: Ours, subject: subjects[f][0]},
		}
		if upstream := subjects[f][1]; upstream != "" {
			of = append(of, &process{variant: Upstream, subject: upstream})
		}
		variants = append(variants, of)
	}
	order := slices.Concat(variants...)
	for range o.Rounds {
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, p := range order {
			used, err := p.cost(ctx, o)
			if err != nil {
				return nil, fmt.Errorf("bench: %s: %w", p.subject, err)
			}
			p.times = append(p.times, used)
		}
	}
	var rows []ProcessRow
	for i, f := range frameworks {
		of := variants[i]
		row := ProcessRow{Framework: f}
		if len(of) == 3 {
			row.ToUpstream = median(ratios(of[1].times, of[2].times))
			row.AddedToUpstream = median(ratios(difference(of[1].times, of[0].times), difference(of[2].times, of[0].times)))
			row.Upstream = median(of[2].times)
		}
		row.Bare, row.Ours = median(of[0].times), median(of[1].times)
		rows = append(rows, row)
	}
	return rows, nil
}

// cost returns the processor time of one request in microseconds: that of a
// process that serves them, minus that of one that only starts and ends.
func (p *process) cost(ctx context.Context, o ProcessOptions) (float64, error) {
	idle, err := p.run(ctx, o.Command, 0)
	if err != nil {
		return 0, err
	}
	busy, err := p.run(ctx, o.Command, o.Requests)
	if err != nil {
		return 0, err
	}
	return float64(busy-idle) / float64(time.Microsecond) / float64(o.Requests), nil
}

// run starts the service, sends that many requests beside those of the start,
// stops it and returns its processor time.
func (p *process) run(ctx context.Context, command []string, requests int) (time.Duration, error) {
	receiver, err := otlptest.NewServer()
	if err != nil {
		return 0, err
	}
	defer func() { _ = receiver.Close() }()
	addr, err := conformance.FreeAddress()
	if err != nil {
		return 0, err
	}
	service, err := conformance.Command(command[0], append(slices.Clone(command[1:]), p.subject)...).
		Start(ctx, conformance.Launch{Addr: addr, Env: slices.Concat(receiver.Env(), p.env, []string{"OTEL_SERVICE_NAME=" + p.subject})})
	if err != nil {
		return 0, err
	}
	defer service.Kill()
	if err := accepts(ctx, service, addr); err != nil {
		return 0, err
	}
	if err := load(ctx, addr, requests); err != nil {
		return 0, fmt.Errorf("%w; the service printed:\n%s", err, service.Output())
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := service.Stop(ctx); err != nil {
		return 0, fmt.Errorf("%w; the service printed:\n%s", err, service.Output())
	}
	timed, ok := service.(interface{ CPUTime() time.Duration })
	if !ok {
		return 0, errors.New("the system does not tell the processor time of a process that has ended")
	}
	if p.variant != Bare && len(receiver.Spans()) < 2*requests {
		return 0, fmt.Errorf("got %d spans of %d requests, want two for each: what was measured is not the whole", len(receiver.Spans()), requests)
	}
	return timed.CPUTime(), nil
}

// accepts waits until the service accepts connections.
func accepts(ctx context.Context, service conformance.Service, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-again.C:
		case <-service.Ended():
			return fmt.Errorf("the service has ended before it accepted connections; it printed:\n%s", service.Output())
		case <-ctx.Done():
			return fmt.Errorf("the service does not accept connections: %w", err)
		}
	}
}

// load sends requests over several connections, in sequence on each.
func load(ctx context.Context, addr string, requests int) error {
	const connections, rate = 32, 4000
	var (
		wait   sync.WaitGroup
		errs   [connections]error
		dialer net.Dialer
	)
	for i := range connections {
		wait.Go(func() {
			conn, err := dialer.DialContext(ctx, "tcp", addr)
			if err != nil {
				errs[i] = err
				return
			}
			defer conn.Close()
			errs[i] = exchange(conn, (requests+i)/connections, connections*time.Second/rate)
		})
	}
	wait.Wait()
	return errors.Join(errs[:]...)
}

// exchange sends requests in sequence as a sampled caller, one for each
// interval, and reads the responses.
func exchange(conn net.Conn, requests int, interval time.Duration) error {
	next := time.NewTicker(interval)
	defer next.Stop()
	message := strings.Join([]string{
		"GET " + requestPath + " HTTP/1.1", "Host: " + host, "User-Agent: " + userAgent, "Accept-Encoding: gzip",
		"Traceparent: " + sampledCaller, "", "",
	}, "\r\n")
	answers := bufio.NewReader(conn)
	for range requests {
		<-next.C
		if _, err := io.WriteString(conn, message); err != nil {
			return err
		}
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("got status %d, want 200", response.StatusCode)
		}
	}
	return nil
}
