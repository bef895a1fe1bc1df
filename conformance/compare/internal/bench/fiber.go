package bench

import (
	"io"
	"net"
	"time"

	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/fiberotel"
)

// fiberMiddleware returns a middleware for Fiber v2.
type fiberMiddleware func(*setup) fiber.Handler

// fiberCopyMiddleware is the middleware of the [Copy] variant: it only adds a value to
// the context.
func fiberCopyMiddleware(*setup) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.SetUserContext(withValue(c.UserContext()))
		return c.Next()
	}
}

// fiberOurMiddleware is the middleware of this project.
func fiberOurMiddleware(s *setup) fiber.Handler { return fiberotel.Middleware(s.newEngine()) }

// fiberOfficialMiddleware is the official middleware.
func fiberOfficialMiddleware(s *setup) fiber.Handler {
	return otelfiber.Middleware(
		otelfiber.WithTracerProvider(s.tracers), otelfiber.WithMeterProvider(s.meters), otelfiber.WithPropagators(s.propagator),
		otelfiber.WithNext(func(c *fiber.Ctx) bool { return isExcluded(c.Path()) }))
}

// fiberBuilder returns the serviceBuilder of a service on Fiber v2. middleware is nil for the bare
// framework.
func fiberBuilder(middleware fiberMiddleware) serviceBuilder {
	return func(s setup) clientFactory {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		if middleware != nil {
			app.Use(middleware(&s))
		}
		answer := []byte(responseBody)
		work := s.routeWork()
		for i, template := range s.routePatterns(":item_id") {
			app.Get(template, func(c *fiber.Ctx) error {
				work[i](c.UserContext())
				return c.Send(answer)
			})
		}
		app.Handler() // builds the routing tables
		return fasthttpClientFactory(app.Server(), &s)
	}
}

// fasthttpClientFactory returns a factory of clients of the server. The server reads their
// requests from an in-memory connection. The clients do not call the handler directly,
// because our Fiber adapters end a span only when fasthttp has written the response.
func fasthttpClientFactory(server *fasthttp.Server, s *setup) clientFactory {
	var messages []string
	for _, path := range s.paths() {
		messages = append(messages, "GET "+path+" HTTP/1.1\r\nHost: "+requestHost+"\r\nUser-Agent: "+userAgent+
			"\r\nAccept-Encoding: gzip\r\nTraceparent: "+s.mode.callerTraceparent()+"\r\n\r\n")
	}
	return func() client {
		address := net.TCPAddrFromAddrPort(clientAddrPort)
		return func(n int) {
			if err := server.ServeConn(&repeatConn{messages: messages, remaining: n, peer: address}); err != nil {
				panic(err) // the requests are constants
			}
		}
	}
}

// repeatConn is an in-memory connection. Each Read returns one of the messages, and Reads
// cycle through all messages.
type repeatConn struct {
	messages []string
	// remaining is the number of messages that Read returns before io.EOF.
	remaining int
	peer      net.Addr // the client's address
}

func (p *repeatConn) Read(buffer []byte) (int, error) {
	if p.remaining == 0 {
		return 0, io.EOF
	}
	p.remaining--
	return copy(buffer, p.messages[p.remaining%len(p.messages)]), nil
}

func (p *repeatConn) Write(b []byte) (int, error)    { return len(b), nil }
func (*repeatConn) Close() error                     { return nil }
func (p *repeatConn) LocalAddr() net.Addr            { return p.peer }
func (p *repeatConn) RemoteAddr() net.Addr           { return p.peer }
func (*repeatConn) SetDeadline(time.Time) error      { return nil }
func (*repeatConn) SetReadDeadline(time.Time) error  { return nil }
func (*repeatConn) SetWriteDeadline(time.Time) error { return nil }
