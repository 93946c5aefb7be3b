/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/assets.h"

#define BEGIN(name) ".global " #name "_begin\n" #name "_begin:\n"
#define END(name) ".global " #name "_end\n" #name "_end:\n"
#define FILE_OF(path) ".incbin \"report/web/" path "\"\n"

/* The Makefile says what this depends on. */
__asm__(".section .rodata\n" BEGIN(report_script) FILE_OF("base.js") FILE_OF("chart.js") FILE_OF(
	"bars.js") FILE_OF("table.js") FILE_OF("placement.js") FILE_OF("sweep.js") FILE_OF("run.js")
		FILE_OF("accuracy.js") FILE_OF("main.js") END(report_script) BEGIN(report_style)
			FILE_OF("report.css") END(report_style) ".text\n");

extern const char report_script_begin[], report_script_end[];
extern const char report_style_begin[], report_style_end[];

struct asset assets_script(void)
{
	return (struct asset){
		report_script_begin, (size_t)(report_script_end - report_script_begin)};
}

struct asset assets_style(void)
{
	return (struct asset){report_style_begin, (size_t)(report_style_end - report_style_begin)};
}
