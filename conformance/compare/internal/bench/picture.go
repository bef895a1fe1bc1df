package bench

import (
	"fmt"
	"io"
)

// The dimensions of the picture.
const (
	pictureWidth = 860
	barHeight    = 26
	barGap       = 8
	labelWidth   = 130
	legendHeight = 58
	// barWidth leaves room for the total after the bar.
	barWidth = pictureWidth - labelWidth - 70
)

// partColours maps each part of a service's work to its colour.
var partColours = map[Part]string{
	PartService: "#9aa5b1", PartMiddleware: "#2f6fdb", PartSpans: "#e07c00", PartMetrics: "#8f5fbf",
	PartEncoding: "#299c46", PartTransport: "#c2a500", PartCollection: "#d44a3a", PartRuntime: "#cfd6de",
}

// WriteProfilePicture draws where services spend their time: a bar for each,
// divided into parts.
func WriteProfilePicture(w io.Writer, rows []ProfileRow) {
	longest := 1.0
	for i := range rows {
		longest = max(longest, rows[i].total())
	}
	height := legendHeight + len(rows)*(barHeight+barGap) + barGap
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif" font-size="12">`+"\n", pictureWidth, height)
	fmt.Fprintf(w, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", pictureWidth, height)
	for i, p := range partDescriptions {
		x, y := 10+i%4*212, 10+i/4*22
		fmt.Fprintf(w, `<rect x="%d" y="%d" width="14" height="14" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", x, y, partColours[p.part], x+20, y+12, p.part)
	}
	for i := range rows {
		r := &rows[i]
		y := legendHeight + i*(barHeight+barGap)
		fmt.Fprintf(w, `<text x="%d" y="%d" text-anchor="end">%s, %s</text>`+"\n", labelWidth-8, y+barHeight-9, r.Framework, r.Variant)
		x := float64(labelWidth)
		for _, p := range partDescriptions {
			width := r.Microseconds[p.part] / longest * barWidth
			fmt.Fprintf(w, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"><title>%s: %.1f µs</title></rect>`+"\n", x, y, width, barHeight, partColours[p.part], p.part, r.Microseconds[p.part])
			x += width
		}
		fmt.Fprintf(w, `<text x="%.1f" y="%d">%.1f µs</text>`+"\n", x+6, y+barHeight-9, r.total())
	}
	fmt.Fprintln(w, "</svg>")
}
