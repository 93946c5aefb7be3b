/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table - short forms for the lines of parameter tables in model/
 */
#ifndef NFVSIM_MODEL_TABLE_H
#define NFVSIM_MODEL_TABLE_H

#include "base/param.h"

#define TABLE_NONE SIZE_MAX
#define TABLE_GROUP(key, type, field, table, text)                                        \
	{                                                                                 \
		key, PARAM_GROUP, offsetof(type, field), 0, 0, 0, NULL, NULL, table, text \
	}
#define TABLE_LIST(key, type, field, table, text)                                        \
	{                                                                                \
		key, PARAM_LIST, offsetof(type, field), 0, 0, 0, NULL, NULL, table, text \
	}
#define TABLE_MAP(key, type, field, table, text)                                        \
	{                                                                               \
		key, PARAM_MAP, offsetof(type, field), 0, 0, 0, NULL, NULL, table, text \
	}
#define TABLE_ENUM(key, type, field, def, choices, text)                                  \
	{                                                                                 \
		key, PARAM_ENUM, offsetof(type, field), 0, 0, 0, def, choices, NULL, text \
	}
#define TABLE_TEXT(key, type, field, def, text)                                        \
	{                                                                              \
		key, PARAM_TEXT, offsetof(type, field), 0, 0, 0, def, NULL, NULL, text \
	}
#define TABLE_BOOL(key, type, field, def, text)                                        \
	{                                                                              \
		key, PARAM_BOOL, offsetof(type, field), 0, 0, 0, def, NULL, NULL, text \
	}
#define TABLE_COUNT(key, type, field, min, max, def, text)                                  \
	{                                                                                   \
		key, PARAM_COUNT, offsetof(type, field), 0, min, max, def, NULL, NULL, text \
	}
#define TABLE_QUANTITY(key, type, field, dims, min, max, def, text)                               \
	{                                                                                         \
		key, PARAM_QUANTITY, offsetof(type, field), dims, min, max, def, NULL, NULL, text \
	}
#define TABLE_END                                           \
	{                                                   \
		NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL \
	}

#endif
