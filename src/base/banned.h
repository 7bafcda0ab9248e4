/* Calls that have a safer one in base/ do not compile. Included last, by every .c file. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef atoi
#undef atol
#undef atof
#undef gmtime
#undef localtime
#undef ctime
#undef asctime

/* Each names what to use in its place. */
#define strcpy(...)    banned_strcpy__use_buf_add_or_arena_str()
#define strcat(...)    banned_strcat__use_buf_add()
#define strncpy(...)   banned_strncpy__use_buf_add_or_arena_str()
#define strncat(...)   banned_strncat__use_buf_add()
#define sprintf(...)   banned_sprintf__use_buf_addf_or_snprintf()
#define vsprintf(...)  banned_vsprintf__use_buf_addv_or_vsnprintf()
#define strtok(...)    banned_strtok__use_str_split()
#define atoi(...)      banned_atoi__use_str_to_int64()
#define atol(...)      banned_atol__use_str_to_int64()
#define atof(...)      banned_atof__use_str_to_double()
#define gmtime(...)    banned_gmtime__use_gmtime_r()
#define localtime(...) banned_localtime__use_localtime_r()
#define ctime(...)     banned_ctime__use_strftime()
#define asctime(...)   banned_asctime__use_strftime()

#endif
