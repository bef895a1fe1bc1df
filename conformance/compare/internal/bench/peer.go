package bench

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getsentry/sentry-go"
	sentryecho "github.com/getsentry/sentry-go/echo"
	sentryfiber "github.com/getsentry/sentry-go/fiber"
	sentrygin "github.com/getsentry/sentry-go/gin"
	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	nrecho "github.com/newrelic/go-agent/v3/integrations/nrecho-v4"
	"github.com/newrelic/go-agent/v3/integrations/nrgin"
	"github.com/newrelic/go-agent/v3/newrelic"
)

// The instrumentations of vendors. They do not record the same telemetry as ours.
const (
	NewRelic = "New Relic"
	Sentry   = "Sentry"
)

// recordedByVendor describes the telemetry that a vendor's instrumentation records for a
// request.
var recordedByVendor = map[string]string{
	NewRelic: "it records a transaction and a root span event in the caller's trace, both with New Relic's attributes. It also records New Relic's metrics. The agent is in its serverless mode, in which the telemetry stays in memory",
	Sentry:   "it records a transaction with Sentry's attributes, in a separate trace, and no metrics. The transport discards the transaction",
}

// peerTargets are the targets with a vendor's instrumentation. They are measured only in
// the modes whose field measuresPeers is set.
var peerTargets = []target{
	{"Gin", NewRelic, ginBuilder(registerGinNewRelic)},
	{"Gin", Sentry, ginBuilder(func(_ *setup, r *gin.Engine) {
		setUpSentry()
		r.Use(sentrygin.New(sentrygin.Options{}))
	})},
	{"Echo", NewRelic, echoBuilder(func(*setup) echo.MiddlewareFunc { return nrecho.Middleware(newRelicApplication()) })},
	{"Echo", Sentry, echoBuilder(func(*setup) echo.MiddlewareFunc {
		setUpSentry()
		return sentryecho.New(sentryecho.Options{})
	})},
	{"Fiber", Sentry, fiberBuilder(func(*setup) fiber.Handler {
		setUpSentry()
		return sentryfiber.New(sentryfiber.Options{})
	})},
}

// registerGinNewRelic registers New Relic's middleware for Gin.
func registerGinNewRelic(_ *setup, r *gin.Engine) { r.Use(nrgin.Middleware(newRelicApplication())) }

// licenseKey has the format of a license key. New Relic's agent checks only the format.
var licenseKey = strings.Repeat("0", 40)

// newRelicApplication returns an application with distributed tracing in New Relic's
// serverless mode, in which it sends nothing.
func newRelicApplication() *newrelic.Application {
	app, err := newrelic.NewApplication(
		newrelic.ConfigAppName("bench"), newrelic.ConfigLicense(licenseKey), newrelic.ConfigDistributedTracerEnabled(true),
		func(c *newrelic.Config) {
			c.ServerlessMode.Enabled = true
			c.ServerlessMode.AccountID, c.ServerlessMode.TrustedAccountKey, c.ServerlessMode.PrimaryAppID = "1", "1", "1"
		})
	panicIfError(err)
	return app
}

// setUpSentry sets up Sentry's global client, which its middlewares use.
var setUpSentry = sync.OnceFunc(func() {
	panicIfError(sentry.Init(sentry.ClientOptions{
		Dsn: "http://key@sentry.example/1", EnableTracing: true, TracesSampleRate: 1, Transport: discardTransport{},
	}))
})

// discardTransport is a Sentry transport that discards events.
type discardTransport struct{}

var _ sentry.Transport = discardTransport{}

func (discardTransport) Flush(time.Duration) bool              { return true }
func (discardTransport) FlushWithContext(context.Context) bool { return true }
func (discardTransport) Configure(sentry.ClientOptions)        {}
func (discardTransport) SendEvent(*sentry.Event)               {}
func (discardTransport) Close()                                {}

// Peer is the cost of a vendor's instrumentation of a framework.
type Peer struct {
	Name string `json:"name"`
	Cost Cost   `json:"cost"`
	// Added is the cost that the instrumentation adds to the bare framework, in
	// nanoseconds. FromOurs is the cost that our instrumentation adds, divided by Added.
	Added    float64 `json:"added_ns"`
	FromOurs float64 `json:"from_ours"`
}

// measurePeers measures the vendors' instrumentations and adds them to the rows of a mode.
// The memory that they retain slows down every garbage collection, so they are not
// measured in the same run as the other variants. Each framework has a separate run, which
// measures the bare framework and our instrumentation again for comparison.
func measurePeers(ctx context.Context, m *Mode, rows []Row, o Options) error {
	for i := range rows {
		r := &rows[i]
		var all []*measuredTarget
		for _, candidates := range [][]target{targets, peerTargets} {
			for j := range candidates {
				if t := &candidates[j]; t.framework == r.Framework && t.variant != Upstream {
					all = append(all, t.setUp(m, 1, m.workers, o))
				}
			}
		}
		if len(all) == 2 {
			continue // no vendor supports this framework
		}
		if err := runRounds(ctx, all, o.Rounds); err != nil {
			return err
		}
		bare, ours := all[0], all[1]
		for _, p := range all[2:] {
			r.Peers = append(r.Peers, Peer{Name: p.variant, Cost: p.cost, Added: addedCost(p, bare), FromOurs: addedCostRatio(ours, p, bare)})
		}
	}
	return nil
}

// anyHasPeers reports whether a row has costs of vendors' instrumentations.
func anyHasPeers(rows []Row) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return len(r.Peers) > 0 })
}
