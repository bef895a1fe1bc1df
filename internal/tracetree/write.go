package tracetree

import (
	"fmt"
	"io"
	"strings"
)

// Write prints the traces of spans, in the order in which they began, each with
// a heading line before it and an empty line after it.
//
// A span whose parent is not among spans is printed as a root, with the id of
// the missing parent, which may be in another service or lost. Write does not
// modify spans. It returns the error of the writer.
func Write(w io.Writer, spans []Span, options ...Option) error {
	p := &printer{style: newStyle(options)}
	for _, t := range groupTraces(spans) {
		p.printTrace(t)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// printer formats traces.
type printer struct {
	style
	out strings.Builder
}

// line is the line of a span, with what is printed below it.
type line struct {
	node *node
	// namePrefix is the prefix before the span's name, and below the prefix of
	// lines printed under it.
	namePrefix  string
	childPrefix string
}

// columns are the widths of a trace's columns.
type columns struct{ name, kind, service, duration, status int }

const columnGap = "  "

func (p *printer) printTrace(t *trace) {
	var lines []line
	for _, root := range t.roots {
		lines = flatten(lines, root, "", "")
	}
	service, several := lines[0].node.Service, false
	for _, l := range lines {
		several = several || l.node.Service != service
	}
	p.header(t, service, several)
	c := p.measure(lines, several)
	for _, l := range lines {
		p.span(l, c)
	}
	p.out.WriteByte('\n')
}

// flatten appends the lines of n and its descendants. It does not recurse for a
// single child, so that a long chain does not need a deep stack.
func flatten(lines []line, n *node, branch, rest string) []line {
	for {
		below := rest
		if len(n.children) > 0 {
			below += "│  "
		} else {
			below += "   "
		}
		lines = append(lines, line{node: n, namePrefix: branch, childPrefix: below})
		if len(n.children) == 0 {
			return lines
		}
		last := len(n.children) - 1
		for _, child := range n.children[:last] {
			lines = flatten(lines, child, rest+"├─ ", rest+"│  ")
		}
		n, branch, rest = n.children[last], rest+"└─ ", rest+"   "
	}
}

func (p *printer) header(t *trace, service string, several bool) {
	parts := []string{"trace " + printable(t.id)}
	if !several && service != "" {
		parts = append(parts, printable(service))
	}
	parts = append(parts, plural(t.size, "span"))
	if d := t.end.Sub(t.start); d > 0 {
		parts = append(parts, duration(d))
	}
	p.write("", "", 0, []piece{{bold, strings.Join(parts, " · ")}})
}

// maxService limits the width of service names.
const maxService = 20

func (p *printer) measure(lines []line, services bool) (c columns) {
	for _, l := range lines {
		c.name = max(c.name, length(l.namePrefix)+length(printable(l.node.Name)))
		c.kind = max(c.kind, length(kind(l.node)))
		c.duration = max(c.duration, length(duration(l.node.Duration())))
		c.status = max(c.status, length(printable(statusCode(l.node.Span))))
		if services {
			c.service = max(c.service, min(length(printable(l.node.Service)), maxService))
		}
	}
	if p.width > 0 {
		c.name = min(c.name, p.width/2)
	}
	return c
}

func kind(n *node) string {
	if n.Kind == "" {
		return string(KindInternal)
	}
	return printable(string(n.Kind))
}

func (p *printer) span(l line, c columns) {
	n := l.node
	failed := n.Status == StatusError
	// A branch that leaves no space for a name is cut on the left.
	branch := l.namePrefix
	if most := c.name - 12; length(branch) > most && most > 0 {
		runes := []rune(branch)
		branch = "…" + string(runes[len(runes)-most+1:])
	}
	name := pad(cut(printable(n.Name), c.name-length(branch)), c.name-length(branch))
	if failed {
		name = p.paint(red, name)
	} else if n.Kind == KindServer {
		name = p.paint(bold, name)
	}
	used := c.name + length(columnGap) + c.kind + length(columnGap) + c.duration
	text := p.paint(dim, branch) + name + columnGap + p.paint(cyan, pad(kind(n), c.kind)) + columnGap
	if c.service > 0 {
		text += pad(cut(printable(n.Service), c.service), c.service) + columnGap
		used += c.service + length(columnGap)
	}
	text += padLeft(duration(n.Duration()), c.duration)
	if c.status > 0 {
		code := pad(printable(statusCode(n.Span)), c.status)
		used += length(columnGap) + c.status
		if failed {
			code = p.paint(red, code)
		}
		text += columnGap + code
	}
	p.write(text, columnGap, used, p.details(n))
	p.below(l)
}

// below prints the events and links of a span.
func (p *printer) below(l line) {
	for _, event := range l.node.Events {
		p.write(p.paint(dim, l.childPrefix), "", length(l.childPrefix), p.event(event, l.node))
	}
	for _, link := range l.node.Links {
		p.write(p.paint(dim, l.childPrefix), "", length(l.childPrefix),
			[]piece{{dim, "linked to " + printable(link.TraceID) + "/" + printable(link.SpanID)}})
	}
}

// event returns the text of an event.
func (p *printer) event(event Event, n *node) []piece {
	at := ""
	if event.Time.After(n.Start) {
		at = " at " + duration(event.Time.Sub(n.Start))
	}
	if event.Name != "exception" {
		pieces := []piece{{dim, printable(event.Name) + at}}
		for _, a := range event.Attributes {
			pieces = append(pieces, piece{dim, printable(a.Key) + "=" + value(a.Value)})
		}
		return pieces
	}
	text := "exception" + at
	if name := find(event.Attributes, "exception.type"); name != "" {
		text += " " + printable(name)
	}
	if message := find(event.Attributes, "exception.message"); message != "" {
		text += ": " + printable(message)
	}
	return []piece{{red, text}}
}

// piece is a part of the text after a line's columns.
type piece struct {
	colour colour
	text   string
}

// details returns the text after a span's columns.
func (p *printer) details(n *node) (pieces []piece) {
	switch n.Status {
	case StatusError:
		pieces = append(pieces, piece{red, "ERROR"})
		if n.StatusMessage != "" {
			pieces = append(pieces, piece{red, printable(n.StatusMessage)})
		}
	case StatusOK:
		pieces = append(pieces, piece{green, "OK"})
	}
	for _, a := range mainAttributes(n.Span, p.all) {
		pieces = append(pieces, piece{dim, printable(a.Key) + "=" + value(a.Value)})
	}
	if n.orphan {
		pieces = append(pieces, piece{yellow, fmt.Sprintf("(parent %s is not here)", printable(n.ParentID))})
	}
	return pieces
}

// write prints text, which uses used columns, and after separator as many of
// pieces as fit.
func (p *printer) write(text, separator string, used int, pieces []piece) {
	var b strings.Builder
	b.WriteString(text)
	for _, piece := range pieces {
		shown := piece.text
		used += length(separator)
		if p.width > 0 {
			if p.width-used < 4 {
				break
			}
			shown = cut(shown, p.width-used)
		}
		b.WriteString(separator + p.paint(piece.colour, shown))
		used += length(shown)
		separator = " "
	}
	p.out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
}
