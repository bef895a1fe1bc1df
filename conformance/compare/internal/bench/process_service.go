package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/otlptest"
)

// Rates are the default request rates, in requests a second; 0 means as many as the
// machine can serve.
var Rates = []int{500, 2000, 10_000, 0}

// exportDelay is the services' OTEL_BSP_SCHEDULE_DELAY. The default of five seconds would
// prolong the measurement, because runTurns waits until the last spans have been exported.
const exportDelay = time.Second

// process is a service that is measured. It runs in a separate process.
type process struct {
	variant string
	name    string // of the subject or of the vendor's middleware, for the command serve
	env     []string
	service conformance.Service
	pid     int
	// receiver receives the service's telemetry over OTLP. If the instrumentation is a
	// vendor's, collector receives it instead, and receiver is nil.
	receiver    *otlptest.Server
	collector   *vendorCollector
	connections serviceConnections
	// restingMemory is the resident memory after one request, in bytes.
	restingMemory uint64
	// lastProcessorTime is the processor time that the service had used when its last turn
	// began.
	lastProcessorTime time.Duration
	// samples are the measurements, by rate.
	samples map[int]*samples
}

// samples are the measurements of a service at one rate, one for each turn.
type samples struct {
	times          []float64 // processor time of a request, in microseconds
	memory         []float64 // resident memory, in megabytes
	throughput     []float64 // served requests a second
	receivedShares []float64 // share of the spans that the collector received, 0 to 1
}

// start starts the service and sends a first request. The caller must call stop, even
// after an error.
func (p *process) start(ctx context.Context, command []string) (err error) {
	env := p.env
	if p.isPeer() {
		p.collector = newVendorCollector()
		env = append(env, peerCollectorVariable+"="+p.collector.addr())
	} else {
		if p.receiver, err = otlptest.NewServer(); err != nil {
			return err
		}
		env = append(env, p.receiver.Env()...)
	}
	addr, err := conformance.FreeAddress()
	if err != nil {
		return err
	}
	p.service, err = conformance.Command(command[0], append(slices.Clone(command[1:]), p.name)...).
		Start(ctx, conformance.Launch{Addr: addr, Env: append(env,
			"OTEL_SERVICE_NAME="+p.name, fmt.Sprintf("OTEL_BSP_SCHEDULE_DELAY=%d", exportDelay.Milliseconds()))})
	if err != nil {
		return err
	}
	identified, ok := p.service.(interface{ PID() int })
	if !ok {
		return fmt.Errorf("got a service of type %T, want a process", p.service)
	}
	p.pid = identified.PID()
	if err := awaitConnection(ctx, p.service, addr); err != nil {
		return err
	}
	if p.connections, err = connect(ctx, addr); err != nil {
		return err
	}
	if err := p.connections[0].exchange(); err != nil {
		return err
	}
	if err := p.awaitSpans(ctx, 1); err != nil {
		return err
	}
	p.samples = make(map[int]*samples)
	p.restingMemory, err = residentMemoryOf(p.pid)
	return err
}

// isPeer reports whether the instrumentation is a vendor's.
func (p *process) isPeer() bool {
	_, known := recordedByVendor[p.variant]
	return known
}

// stop stops those parts of the service that were started.
func (p *process) stop(ctx context.Context) error {
	var errs []error
	errs = append(errs, p.connections.close())
	if p.service != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		if err := p.service.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%w; the service printed:\n%s", err, p.service.Output()))
		}
		p.service.Kill()
	}
	if p.receiver != nil {
		errs = append(errs, p.receiver.Close())
	}
	if p.collector != nil {
		p.collector.server.Close()
	}
	return errors.Join(errs...)
}

// spansPerRequest returns how many spans, or transactions of a vendor, a request exports.
// It returns 0 for New Relic's agent, which sends only a sample.
func (p *process) spansPerRequest() int {
	switch p.variant {
	case Bare, NewRelic:
		return 0
	case Sentry:
		return 1
	default:
		return 2
	}
}

// takeReceived returns the number of spans received since the last call.
func (p *process) takeReceived() int {
	if p.collector != nil {
		return int(p.collector.transactions.Swap(0))
	}
	return len(p.receiver.Take().Spans())
}

// awaitSpans waits until the spans of the given number of requests have been received, but
// no longer than two export intervals. It does not wait for a vendor's instrumentation.
func (p *process) awaitSpans(ctx context.Context, requests int) error {
	if p.collector != nil {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, 2*exportDelay)
	defer cancel()
	_, err := p.receiver.WaitSpans(waiting, requests*p.spansPerRequest())
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil // some spans were dropped
	}
	return err
}

// awaitConnection waits until the service accepts connections.
func awaitConnection(ctx context.Context, service conformance.Service, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-retry.C:
		case <-service.Ended():
			return fmt.Errorf("the service exited before it accepted connections; it printed:\n%s", service.Output())
		case <-ctx.Done():
			return fmt.Errorf("the service does not accept connections: %w", err)
		}
	}
}
